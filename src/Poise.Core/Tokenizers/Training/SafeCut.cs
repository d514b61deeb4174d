using System.Buffers;
using System.Text;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers.Training;

/// <summary>
/// Places where a long text may be cut without any rule of <see cref="SplitRules"/> cutting the two parts otherwise than the whole, nor normalisation
/// reaching across: between a line break after something visible and a letter; and between an ASCII letter and a space with an ASCII letter behind it.
/// </summary>
static class SafeCut
{
    static readonly uint s_letter = UnicodeTable.Mask("L")!.Value;

    /// <summary>The last such place; -1 where there is none.</summary>
    public static int Last(ReadOnlySpan<byte> text)
    {
        for (int at = text.Length - 2; at > 0; at--)
        {
            byte before = text[at - 1];
            if (before == '\n')
            {
                if (Rune.DecodeLastFromUtf8(text[..(at - 1)], out Rune visible, out _) == OperationStatus.Done && !UnicodeTable.IsWhite(visible.Value)
                    && Rune.DecodeFromUtf8(text[at..], out Rune letter, out _) == OperationStatus.Done && (s_letter >> UnicodeTable.Class(letter.Value) & 1) != 0) return at;
            }
            else if (text[at] == ' ' && char.IsAsciiLetter((char)before) && char.IsAsciiLetter((char)text[at + 1]))
            {
                return at;
            }
        }
        return -1;
    }
}
