using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Transcripts;

/// <summary>
/// Writes the transcript of a run, line by line as it goes. A resumed run cuts what its checkpoint does not know of and goes on, so
/// that the file ends the same as if nothing had happened. Nothing in it depends on the clock or on the machine.
/// </summary>
public sealed class TranscriptWriter : IDisposable
{
    readonly string _path;
    readonly FileStream _stream;

    TranscriptWriter(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
    }

    /// <summary>Where it stands.</summary>
    public TranscriptPosition Position { get; private set; } = TranscriptPosition.Start;

    /// <summary>A new transcript. A file that is there is not written over.</summary>
    public static TranscriptWriter Create(string path, TranscriptHeader header)
    {
        var writer = new TranscriptWriter(path, Guard(path, () => new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0)));
        writer.Append(TranscriptContent.HeaderKind, json => TranscriptContent.Write(json, header));
        return writer;
    }

    /// <summary>
    /// A new transcript in place of one whose run was begun and has nothing to go on from. The record of a run that has ended is not
    /// written over: its checkpoints may have been deleted on purpose.
    /// </summary>
    public static TranscriptWriter Restart(string path, TranscriptHeader header)
    {
        if (File.Exists(path))
        {
            if (new FileInfo(path).Length > 0 && HasEnd(path)) throw new PoiseException($"{path} is the record of a run that has ended. Choose another folder, or move it away to train again.");
            Guard(path, () =>
            {
                File.Delete(path);
                return true;
            });
        }

        return Create(path, header);
    }

    /// <summary>Goes on at <paramref name="position"/>; the chain up to there is checked, what follows is cut off.</summary>
    public static TranscriptWriter Resume(string path, TranscriptPosition position)
    {
        FileStream stream = Guard(path, () => new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0));
        try
        {
            var lines = new LineReader(stream, path);
            TranscriptPosition at = TranscriptPosition.Start;
            while (at.Lines < position.Lines)
            {
                if (lines.Read(out bool whole) is not { } line || !whole) throw new PoiseException($"{path} ends before line {position.Lines:N0}, which the checkpoint knows of; it is of another run.");
                (_, at) = TranscriptLine.Read(path, at, line);
            }
            if (at.Hash != position.Hash) throw new PoiseException($"{path}, line {position.Lines:N0}, is not the line that the checkpoint knows of; it is of another run.");
            stream.SetLength(lines.Position);
            stream.Position = lines.Position;
            return new TranscriptWriter(path, stream) { Position = at };
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Append(TranscriptEntry entry) => Append(TranscriptContent.KindOf(entry), json => TranscriptContent.Write(json, entry));

    /// <summary>Brings everything to the disk, and says where that is: what a checkpoint has to know.</summary>
    public TranscriptPosition Commit() => Guard(_path, () =>
    {
        _stream.Flush(flushToDisk: true);
        return Position;
    });

    static bool HasEnd(string path)
    {
        try
        {
            return Transcript.Read(path).Entries is [.., TranscriptEnd];
        }
        catch (PoiseException)
        {
            // Its header was being written when the process ended, or it is damaged: no record of an end.
            return false;
        }
    }

    void Append(string kind, Action<Utf8JsonWriter> fields)
    {
        (byte[] bytes, TranscriptPosition after) = TranscriptLine.Write(Position, kind, fields);
        Guard(_path, () =>
        {
            // Unbuffered: a line is with the system when this returns, and nothing is left to fail when the stream is closed.
            _stream.Write(bytes);
            return true;
        });
        Position = after;
    }

    static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            throw new PoiseException($"The transcript {WriteFailure.Explain(path, e)}. The same command goes on from the last checkpoint.", e);
        }
    }

    public void Dispose() => _stream.Dispose();
}
