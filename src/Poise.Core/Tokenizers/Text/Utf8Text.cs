namespace Poise.Core.Tokenizers.Text;

/// <summary>Steps through UTF-8 that is known to be well formed (it was made from UTF-16 by .NET).</summary>
static class Utf8Text
{
    public static int Decode(ReadOnlySpan<byte> text, int position, out int length)
    {
        int first = text[position];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }
        if (first < 0xE0)
        {
            length = 2;
            return (first & 31) << 6 | (text[position + 1] & 63);
        }
        if (first < 0xF0)
        {
            length = 3;
            return (first & 15) << 12 | (text[position + 1] & 63) << 6 | (text[position + 2] & 63);
        }
        length = 4;
        return (first & 7) << 18 | (text[position + 1] & 63) << 12 | (text[position + 2] & 63) << 6 | (text[position + 3] & 63);
    }

    public static int Length(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>The start of the code point before <paramref name="position"/>.</summary>
    public static int Back(ReadOnlySpan<byte> text, int position)
    {
        do position--;
        while ((text[position] & 0xC0) == 0x80);
        return position;
    }
}
