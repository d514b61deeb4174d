using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Cli.Terminal;

/// <summary>Entries as JSON strings, one a line. Written whole, for the owner alone; several conversations may share it.</summary>
sealed class HistoryFile(string path)
{
    public const int MaximumEntries = 1000;
    const int LongestEntry = 1 << 16;
    const long LargestFile = 1 << 24;

    /// <summary>The user's data folder: XDG_DATA_HOME, Application Support or AppData.</summary>
    public static string StandardPath => System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "poise", "chat-history.jsonl");

    public string Path { get; } = path;

    /// <summary>Lines that are no JSON string are left out, and a file that cannot be read is an empty one: history is a convenience.</summary>
    public IReadOnlyList<string> Read()
    {
        try
        {
            var file = new FileInfo(Path);
            if (!file.Exists || file.Length > LargestFile) return [];
            return [.. File.ReadLines(Path).Select(Parse).OfType<string>().TakeLast(MaximumEntries)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public void Append(string entry)
    {
        if (entry.Length > LongestEntry) return;
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{folder} cannot be created: {e.Message}", e);
        }
        // Read again: another conversation may have added to it.
        IEnumerable<string> entries = Read().Append(entry).TakeLast(MaximumEntries);
        AtomicFile.Write(Path, stream =>
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(((FileStream)stream).SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            foreach (string line in entries)
            {
                using (var writer = new Utf8JsonWriter(stream, JsonWriting.Plain)) writer.WriteStringValue(line);
                stream.WriteByte((byte)'\n');
            }
        });
    }

    static string? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
