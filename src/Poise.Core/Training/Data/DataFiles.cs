using System.Buffers;
using System.Text;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>Files of data: opened with clear complaints, and told apart by how they begin.</summary>
static class DataFiles
{
    /// <summary>The line that parts documents of running text.</summary>
    public const string DocumentEnd = "<|endoftext|>";

    public const int MostLineBytes = 1 << 26;

    /// <summary>Of a file that is read at once.</summary>
    const int MostBytes = 1 << 29;

    /// <exception cref="PoiseException">It is no file, cannot be read, or is of a format that Poise does not know.</exception>
    public static FileStream Open(string path)
    {
        if (Directory.Exists(path)) throw new PoiseException($"{path} is a folder; expected a file of JSON lines, or several of them.");
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            if (!stream.CanSeek) throw new PoiseException($"{path} is not a file; expected a file of JSON lines.");
            RefuseOtherFormats(path, stream);
            return stream;
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (e is FileNotFoundException or DirectoryNotFoundException) throw new PoiseException($"{path} does not exist; expected a file of JSON lines.", e);
            if (e is IOException or UnauthorizedAccessException) throw new PoiseException($"{path} cannot be read: {e.Message}", e);
            throw;
        }
    }

    /// <summary>All bytes of a file.</summary>
    public static byte[] Whole(string path, FileStream stream)
    {
        if (stream.Length > MostBytes) throw new PoiseException($"{path} is larger than {MostBytes >> 20} MiB: write it as JSON lines, which may be of any length.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Whether a .json file is an array, or an object that does not end on its line; others are JSON lines under another name.</summary>
    public static bool IsOneValue(FileStream stream)
    {
        byte[] head = new byte[1 << 16];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        ReadOnlySpan<byte> text = head.AsSpan(0, length).TrimStart("\uFEFF \t\r\n"u8);
        int end = text.IndexOf((byte)'\n');
        return text is [(byte)'[', ..] || (end >= 0 && text[..end].TrimEnd(" \t\r"u8) is not [.., (byte)'}']);
    }

    /// <summary>Where text stops to be well-formed UTF-8.</summary>
    public static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes[at..], out _, out int used) == OperationStatus.Done) at += used;
        return at;
    }

    static void RefuseOtherFormats(string path, FileStream stream)
    {
        Span<byte> head = stackalloc byte[4];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        string? other = head[..length] switch
        {
            [(byte)'P', (byte)'A', (byte)'R', (byte)'1'] => "a Parquet file",
            [0x1F, 0x8B, ..] or [(byte)'P', (byte)'K', 3, 4] or [0x28, 0xB5, 0x2F, 0xFD] => "a compressed file",
            _ => null,
        };
        if (other is not null) throw new PoiseException($"{path} is {other}; Poise reads JSON lines, a JSON array (.json) and running text (.txt).");
    }
}
