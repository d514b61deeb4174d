using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>Random choices that are a pure function of seed, name and index: Philox words, each draw unbiased.</summary>
sealed class RandomStream(ulong seed, string name, ulong index)
{
    readonly ulong _stream = unchecked(Philox.StreamOf(name) + index);
    ulong _position;
    ulong? _second;

    /// <summary>A whole number from 0 to below <paramref name="count"/>; the words that would favour some numbers are passed over.</summary>
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

    /// <summary>From the first to the second, both included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    public bool Chance(int percent) => Below(100) < percent;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>One of the items, each with its weight's share.</summary>
    public T Pick<T>(IReadOnlyList<T> items, Func<T, int> weight)
    {
        int at = Below(items.Sum(weight));
        foreach (T item in items)
        {
            if (at < weight(item)) return item;
            at -= weight(item);
        }
        throw new InvalidOperationException("The weights changed.");
    }

    /// <summary>The items in a random order (Fisher and Yates, from the end).</summary>
    public T[] Shuffle<T>(IEnumerable<T> items)
    {
        T[] all = [.. items];
        for (int i = all.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (all[i], all[j]) = (all[j], all[i]);
        }
        return all;
    }

    ulong Next()
    {
        if (_second is { } word)
        {
            _second = null;
            return word;
        }
        (uint x0, uint x1, uint x2, uint x3) = Philox.Generate(seed, _stream, _position++);
        _second = x2 | (ulong)x3 << 32;
        return x0 | (ulong)x1 << 32;
    }
}
