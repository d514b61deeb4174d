using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>The order in which one epoch takes samples, or rows of them. The same on every machine.</summary>
public static class SampleOrder
{
    /// <summary>As they stand in the files.</summary>
    public static int[] File(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>
    /// Shuffled, in another way in each epoch: Fisher and Yates from the end, exchanging i = count - 1 ... 1 with a number from 0 to i. Numbers come from
    /// <see cref="Philox"/> with the seed as its key, the stream <c>order</c> plus the epoch, and positions 0, 1, ...; each position gives two words
    /// of 64 bits (X0 + X1 * 2^32, then X2 + X3 * 2^32). A word w gives the upper half of w * (i + 1), unless the lower half is below
    /// 2^64 mod (i + 1): then the next word is taken, so that no order is likelier than another.
    /// </summary>
    public static int[] Shuffled(int count, ulong seed, int epoch) => Shuffled(count, seed, unchecked(Philox.StreamOf("order") + (ulong)epoch));

    /// <summary>The same with another stream of numbers.</summary>
    internal static int[] Shuffled(int count, ulong seed, ulong stream)
    {
        int[] order = File(count);
        var words = new Words(seed, stream);
        for (int i = count - 1; i > 0; i--)
        {
            int j = words.Below((ulong)i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    sealed class Words(ulong seed, ulong stream)
    {
        ulong _position;
        ulong? _second;

        public int Below(ulong count)
        {
            ulong threshold = unchecked(0 - count) % count;
            while (true)
            {
                ulong high = Math.BigMul(Next(), count, out ulong low);
                if (low >= threshold) return (int)high;
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
}
