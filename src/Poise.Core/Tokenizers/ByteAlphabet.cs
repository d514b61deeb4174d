using System.Text;

namespace Poise.Core.Tokenizers;

/// <summary>GPT-2's alphabet: every byte as one printable character. Vocabularies and merges of byte-level models are written in it.</summary>
static class ByteAlphabet
{
    static readonly short[] s_bytes = MakeBytes();
    static readonly char[] s_letters = [.. Enumerable.Range(0, 256).Select(b => (char)Array.IndexOf(s_bytes, (short)b))];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int ByteOf(int character) => (uint)character < (uint)s_bytes.Length ? s_bytes[character] : -1;

    /// <summary>The character that stands for a byte.</summary>
    public static char LetterOf(byte value) => s_letters[value];

    /// <summary>Turns a spelling into bytes; false where a character is outside of the alphabet. <paramref name="bytes"/> must have room for one byte a character.</summary>
    public static bool TryDecode(ReadOnlySpan<char> spelling, Span<byte> bytes, out int length)
    {
        length = 0;
        foreach (char c in spelling)
        {
            int b = ByteOf(c);
            if (b < 0) return false;
            bytes[length++] = (byte)b;
        }
        return true;
    }

    /// <summary>As above for a spelling in UTF-8: the letters of the alphabet take one or two bytes.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> spelling, Span<byte> bytes, out int length)
    {
        length = 0;
        for (int i = 0; i < spelling.Length; i++)
        {
            int c = spelling[i];
            if (c >= 0x80)
            {
                if (c is < 0xC2 or > 0xC5 || i + 1 >= spelling.Length) return false;
                c = (c & 31) << 6 | (spelling[++i] & 63);
            }
            int b = ByteOf(c);
            if (b < 0) return false;
            bytes[length++] = (byte)b;
        }
        return true;
    }

    /// <summary>The spelling of bytes in the alphabet.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var spelling = new StringBuilder(bytes.Length);
        foreach (byte b in bytes) spelling.Append(s_letters[b]);
        return spelling.ToString();
    }

    static short[] MakeBytes()
    {
        var bytes = new short[324];
        Array.Fill(bytes, (short)-1);
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= 33 and <= 126 or >= 161 and <= 172 or >= 174;
            bytes[printable ? b : next++] = (short)b;
        }
        return bytes;
    }
}
