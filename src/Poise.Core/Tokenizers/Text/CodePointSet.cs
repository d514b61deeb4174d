namespace Poise.Core.Tokenizers.Text;

/// <summary>A set of code points: Unicode classes and ranges, possibly negated, with a bitmap for ASCII.</summary>
sealed class CodePointSet
{
    readonly ulong _low;
    readonly ulong _high;
    readonly uint _classes;
    readonly int[] _ranges;
    readonly bool _negated;

    /// <param name="classes">Mask over <see cref="UnicodeTable.Class"/>.</param>
    /// <param name="ranges">Pairs of first and last code point, in any order.</param>
    public CodePointSet(uint classes, IReadOnlyList<(int First, int Last)> ranges, bool negated = false)
    {
        _classes = classes;
        _negated = negated;
        var sorted = ranges.OrderBy(r => r.First).ToArray();
        var merged = new List<int>();
        foreach ((int first, int last) in sorted)
        {
            if (merged.Count > 0 && first <= merged[^1] + 1) merged[^1] = Math.Max(merged[^1], last);
            else merged.AddRange([first, last]);
        }
        _ranges = [.. merged];
        for (int c = 0; c < 64; c++)
        {
            if (Slow(c)) _low |= 1UL << c;
            if (Slow(c + 64)) _high |= 1UL << c;
        }
    }

    public bool Contains(int codePoint) =>
        codePoint < 64 ? (_low >> codePoint & 1) != 0 :
        codePoint < 128 ? (_high >> (codePoint - 64) & 1) != 0 :
        Slow(codePoint);

    bool Slow(int codePoint) =>
        ((_classes != 0 && (_classes >> UnicodeTable.Class(codePoint) & 1) != 0) || (_ranges.Length > 0 && InRanges(codePoint))) != _negated;

    bool InRanges(int codePoint)
    {
        int low = 0, high = _ranges.Length / 2 - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (codePoint < _ranges[2 * middle]) high = middle - 1;
            else if (codePoint > _ranges[2 * middle + 1]) low = middle + 1;
            else return true;
        }
        return false;
    }
}
