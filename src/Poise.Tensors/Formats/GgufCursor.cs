using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Poise.Tensors.Formats;

/// <summary>
/// Reads the head of a GGUF file front to back. Every length is compared with the bytes that are left before anything is read or allocated.
/// </summary>
sealed class GgufCursor(ByteSource source)
{
    /// <summary>ggml's limit, in elements and in bytes.</summary>
    public const long LargestArray = 1L << 30;

    public ByteSource Source { get; } = source;

    public long Position { get; private set; }

    public long Remaining => Source.Length - Position;

    public byte ReadByte(string field) => Take(1, field)[0];

    public uint ReadUInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, field));

    public ulong ReadUInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, field));

    public ReadOnlySpan<byte> Take(int length, string field)
    {
        if (length > Remaining)
            throw new ModelFileException(Source.Path, field, $"the file ends here; {length} bytes are expected at {Position} and {Remaining} are left");
        ReadOnlySpan<byte> bytes = Source.Span(Position, length);
        Position += length;
        return bytes;
    }

    /// <summary>A count of things that take at least <paramref name="smallest"/> bytes each.</summary>
    public int ReadCount(string field, int smallest, long maximum)
    {
        ulong count = ReadUInt64(field);
        string what = smallest == 1 ? "length" : "count";
        if (count > (ulong)maximum)
            throw new ModelFileException(Source.Path, field, $"{what} {count} is more than {maximum}, the most that is allowed");
        if (count > (ulong)(Remaining / smallest))
            throw new ModelFileException(Source.Path, field, $"{what} {count} does not fit in the {Remaining} bytes that are left of the file");
        return (int)count;
    }

    public string ReadString(string field, long maximum)
    {
        int length = ReadCount(field, 1, maximum);
        ReadOnlySpan<byte> bytes = Take(length, field);
        if (!Utf8.IsValid(bytes)) throw new ModelFileException(Source.Path, field, "this text is not UTF-8");
        return Encoding.UTF8.GetString(bytes);
    }
}
