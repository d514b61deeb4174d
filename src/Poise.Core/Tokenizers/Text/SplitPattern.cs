using System.Numerics;

namespace Poise.Core.Tokenizers.Text;

/// <summary>
/// A compiled split pattern, matched by backtracking over the code points of UTF-8 text. Time is linear on what split patterns contain:
/// a repeat is of one set only, so giving back costs no more than taking did.
/// </summary>
sealed class SplitPattern
{
    readonly PatternNode?[] _alternatives;

    /// <summary>For each ASCII byte, which alternatives can begin with it (bit 31 stands for all from the 32nd on).</summary>
    readonly uint[] _candidates = new uint[128];

    readonly PatternNode? _leadingRun;

    /// <exception cref="FormatException">The pattern uses something that is not supported.</exception>
    public SplitPattern(string pattern)
    {
        _alternatives = PatternParser.Parse(pattern);
        HasAsciiScanner = pattern == SplitRules.O200k;
        for (int c = 0; c < 128; c++)
            for (int i = 0; i < _alternatives.Length; i++)
                if (CanStart(_alternatives[i], c)) _candidates[c] |= 1u << Math.Min(i, 31);
        if (_alternatives is [{ Kind: PatternKind.Repeat, Minimum: 1, Maximum: int.MaxValue } run]) _leadingRun = run;
    }

    /// <summary>Whether <see cref="AsciiWordScanner"/> cuts as this pattern does.</summary>
    public bool HasAsciiScanner { get; }

    /// <summary>The end of the match that begins exactly at <paramref name="position"/>, or -1.</summary>
    public int MatchAt(ReadOnlySpan<byte> text, int position)
    {
        byte first = text[position];
        uint candidates = first < 128 ? _candidates[first] : uint.MaxValue;
        while (candidates != 0)
        {
            int i = BitOperations.TrailingZeroCount(candidates);
            candidates &= candidates - 1;
            int last = i == 31 ? _alternatives.Length : i + 1;
            for (; i < last; i++)
            {
                if (i >= _alternatives.Length) return -1;
                int end = Match(_alternatives[i], text, position);
                if (end >= 0) return end;
            }
        }
        return -1;
    }

    /// <summary>The first non-empty match at or after <paramref name="position"/>; empty, at the end of the text, where there is none.</summary>
    public (int Start, int End) Find(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length)
        {
            int end = MatchAt(text, position);
            if (end > position) return (position, end);
            // Where a pattern is one run and a condition behind it, a failure at the run's start is a failure anywhere in the run.
            if (_leadingRun is { } run && run.Set!.Contains(Utf8Text.Decode(text, position, out _)))
                while (position < text.Length && run.Set.Contains(Utf8Text.Decode(text, position, out int step))) position += step;
            else
                position += Utf8Text.Length(text[position]);
        }
        return (text.Length, text.Length);
    }

    static int Match(PatternNode? node, ReadOnlySpan<byte> text, int position)
    {
        while (node is not null)
        {
            switch (node.Kind)
            {
                case PatternKind.One:
                    if (position >= text.Length || !node.Set!.Contains(Utf8Text.Decode(text, position, out int length))) return -1;
                    position += length;
                    break;
                case PatternKind.Repeat:
                    int count = 0;
                    CodePointSet set = node.Set!;
                    while (count < node.Maximum && position < text.Length)
                    {
                        byte first = text[position];
                        int step = 1;
                        if (!set.Contains(first < 0x80 ? first : Utf8Text.Decode(text, position, out step))) break;
                        position += step;
                        count++;
                    }
                    if (count < node.Minimum) return -1;
                    if (node.Possessive || node.Next is null || count == node.Minimum) break;
                    while (true)
                    {
                        int end = Match(node.Next, text, position);
                        if (end >= 0) return end;
                        if (count-- == node.Minimum) return -1;
                        position = Utf8Text.Back(text, position);
                    }
                case PatternKind.Choice:
                    foreach (PatternNode? choice in node.Choices)
                    {
                        int end = Match(choice, text, position);
                        if (end >= 0) return end;
                    }
                    return -1;
                case PatternKind.Look:
                    if (Match(node.Inner, text, position) < 0) return -1;
                    break;
                case PatternKind.NegativeLook:
                    if (Match(node.Inner, text, position) >= 0) return -1;
                    break;
                case PatternKind.Start:
                    if (position != 0) return -1;
                    break;
                default:
                    if (position != text.Length) return -1;
                    break;
            }
            node = node.Next;
        }
        return position;
    }

    static bool CanStart(PatternNode? node, int codePoint) => node switch
    {
        null => true,
        { Kind: PatternKind.One } => node.Set!.Contains(codePoint),
        { Kind: PatternKind.Repeat } => node.Set!.Contains(codePoint) || (node.Minimum == 0 && CanStart(node.Next, codePoint)),
        { Kind: PatternKind.Choice } => node.Choices.Any(c => CanStart(c, codePoint)),
        _ => CanStart(node.Next, codePoint),
    };
}
