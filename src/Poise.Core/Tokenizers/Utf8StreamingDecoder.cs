using System.Text;

namespace Poise.Core.Tokenizers;

/// <summary>Shows characters as soon as their last byte has come; ill-formed parts become U+FFFD as soon as a byte shows that they are (WHATWG, as .NET does).</summary>
sealed class Utf8StreamingDecoder(TextTokenizer tokenizer) : StreamingDecoder
{
    readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    int _spacesToDrop = tokenizer.LeadingSpaces;

    public override string Append(int id)
    {
        ReadOnlySpan<byte> bytes = tokenizer.BytesOf(id);
        if (bytes.IsEmpty) return "";
        for (; _spacesToDrop > 0 && !bytes.IsEmpty && bytes[0] == ' '; _spacesToDrop--) bytes = bytes[1..];
        if (!bytes.IsEmpty) _spacesToDrop = 0;
        return Convert(bytes, flush: false);
    }

    public override string Flush() => Convert([], flush: true);

    string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        // At most one replacement for what was held back, and one character a byte.
        Span<char> characters = bytes.Length <= 250 ? stackalloc char[256] : new char[bytes.Length + 4];
        int count = _decoder.GetChars(bytes, characters, flush);
        return count == 0 ? "" : new string(characters[..count]);
    }
}
