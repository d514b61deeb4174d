namespace Poise.Tensors;

/// <summary>
/// Numbers in turn from <see cref="Philox"/>: each position of a stream gives two words of 64 bits, X0 + X1 * 2^32 and X2 + X3 * 2^32.
/// </summary>
public sealed class PhiloxWords(ulong seed, ulong stream)
{
    ulong _position;
    ulong? _second;

    /// <summary>
    /// A whole number from 0 to below <paramref name="count"/>: a word w gives the upper half of w * count, unless the lower half is
    /// below 2^64 mod count; then the next word is taken, so that no number is likelier than another (Lemire, 2019).
    /// </summary>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ulong bound = (ulong)count, threshold = unchecked(0 - bound) % bound;
        while (true)
        {
            ulong high = Math.BigMul(Next(), bound, out ulong low);
            if (low >= threshold) return (int)high;
        }
    }

    /// <summary>Fisher and Yates from the end: i = count - 1 ... 1 is exchanged with a number from 0 to i.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    ulong Next()
    {
        if (_second is { } word)
        {
            _second = null;
            return word;
        }

        (uint x0, uint x1, uint x2, uint x3) = Philox.Generate(seed, stream, _position++);
        _second = x2 | (ulong)x3 << 32;
        return x0 | (ulong)x1 << 32;
    }
}
