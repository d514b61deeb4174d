using System.Text.Json;
using Poise.Core.Nano.Grading;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Cli.Verbs;

/// <summary>What <c>poise exam --answers</c> writes: a JSON line for each answer, whole ones also where the exam is stopped.</summary>
sealed class AnswersFile : IDisposable
{
    readonly string _path;
    readonly FileStream _file;
    readonly MemoryStream _line = new();

    AnswersFile(string path, FileStream file) => (_path, _file) = (path, file);

    public static AnswersFile Create(string path)
    {
        try
        {
            return new AnswersFile(path, new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, error);
        }
    }

    public void Add(GradedAnswer answer)
    {
        _line.SetLength(0);
        using (var writer = new Utf8JsonWriter(_line, JsonWriting.Plain)) GradedAnswerJson.Write(writer, answer);
        _line.WriteByte((byte)'\n');
        try
        {
            _file.Write(_line.GetBuffer().AsSpan(0, (int)_line.Length));
            _file.Flush();
        }
        catch (IOException error)
        {
            throw Failed(_path, error);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _line.Dispose();
    }

    static PoiseException Failed(string path, Exception error) => new($"{path} cannot be written: {error.Message}", error);
}
