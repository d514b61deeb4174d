using System.Buffers.Binary;
using System.Text;

namespace Poise.Tests.Formats;

/// <summary>Damages files in the ways that files are damaged, and in the ways that people attack parsers.</summary>
sealed class Mutator(Random random)
{
    static readonly ulong[] s_lengths =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 24, 31, 32, 33, 63, 64, 255, 256, 1024, 4096, 65_535, 65_536, 1_000_000, 100_000_000, 100_000_001,
        1UL << 30, (1UL << 30) + 1, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 40, 1UL << 60, 1UL << 61, 1UL << 62,
        long.MaxValue, 1UL << 63, ulong.MaxValue - 31, ulong.MaxValue - 7, ulong.MaxValue,
    ];

    static readonly string[] s_numbers =
    [
        "0", "1", "2", "3", "7", "8", "16", "24", "48", "-1", "-0", "1.0", "1e2", "0.5", "4294967296", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "4611686018427387904", "null", "true", "\"8\"", "[]", "{}", "[[1]]", "00",
    ];

    static readonly string[] s_snippets =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\u0061", "/", "//", "/*", "\0", " ", "\n", "\"a\":", "null", "__metadata__",
        "\"dtype\":\"F32\",", "\"shape\":[2],", "\"F4\"", "\"BOOL\"", "../", "..", "\u00e9", "\ufeff",
    ];

    public byte[] Mutate(byte[] original, byte[] other, bool isText, int largest)
    {
        byte[] bytes = (byte[])original.Clone();
        for (int rounds = 1 + random.Next(3); rounds > 0; rounds--) bytes = MutateOnce(bytes, other, isText);
        return bytes.Length > largest ? bytes[..largest] : bytes;
    }

    byte[] MutateOnce(byte[] bytes, byte[] other, bool isText)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        int at = Position(bytes);
        switch (random.Next(isText ? 14 : 10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(14));
                return bytes;
            case 2 or 3:
                if (bytes.Length >= 8) WriteLength(bytes, at, 8);
                return bytes;
            case 4:
                if (bytes.Length >= 4) WriteLength(bytes, at, 4);
                return bytes;
            case 5:
                return bytes[..random.Next(bytes.Length)];
            case 6:
                return Replace(bytes, at, 0, Piece(random.Next(2) == 0 ? bytes : other));
            case 7:
                return Replace(bytes, at, random.Next(1, 32), []);
            case 8:
                byte[] piece = Piece(random.Next(2) == 0 ? bytes : other);
                return Replace(bytes, at, piece.Length, piece);
            case 9:
                return AddToLength(bytes, at);
            case 10 or 11:
                return ReplaceNumber(bytes);
            default:
                return ReplaceText(bytes, at, 0, Encoding.UTF8.GetBytes(s_snippets[random.Next(s_snippets.Length)]));
        }
    }

    // Mostly in the head, where the parsers work.
    int Position(byte[] bytes) => random.Next(random.Next(4) == 0 ? bytes.Length : Math.Min(bytes.Length, 1700));

    void WriteLength(byte[] bytes, int at, int width)
    {
        at = Math.Min(at, bytes.Length - width);
        ulong value = random.Next(4) == 0 ? (ulong)(bytes.Length + random.Next(-64, 64)) : s_lengths[random.Next(s_lengths.Length)];
        if (width == 8) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)value);
    }

    byte[] AddToLength(byte[] bytes, int at)
    {
        if (bytes.Length < 8) return bytes;
        Span<byte> field = bytes.AsSpan(Math.Min(at, bytes.Length - 8));
        BinaryPrimitives.WriteUInt64LittleEndian(field, BinaryPrimitives.ReadUInt64LittleEndian(field) + (ulong)random.Next(-9, 10));
        return bytes;
    }

    byte[] Piece(byte[] from)
    {
        if (from.Length == 0) return [];
        int start = Position(from);
        return from[start..Math.Min(from.Length, start + random.Next(1, 64))];
    }

    /// <summary>Replaces a number in JSON text by another, keeping the length field of a safetensors header right.</summary>
    byte[] ReplaceNumber(byte[] bytes)
    {
        int at = Position(bytes);
        int start = at + bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < at) return bytes;
        int end = start;
        while (end < bytes.Length && bytes[end] is >= (byte)'0' and <= (byte)'9') end++;
        return ReplaceText(bytes, start, end - start, Encoding.UTF8.GetBytes(s_numbers[random.Next(s_numbers.Length)]));
    }

    static byte[] ReplaceText(byte[] bytes, int at, int length, byte[] text)
    {
        byte[] result = Replace(bytes, at, length, text);
        if (bytes.Length > 8 && bytes[8] == (byte)'{' && at >= 8 && result.Length >= 8)
            BinaryPrimitives.WriteInt64LittleEndian(result, BinaryPrimitives.ReadInt64LittleEndian(bytes) + result.Length - bytes.Length);
        return result;
    }

    static byte[] Replace(byte[] bytes, int at, int length, byte[] by) => [.. bytes[..at], .. by, .. bytes[Math.Min(bytes.Length, at + length)..]];
}
