using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>Random choices that are a pure function of seed, name and index: Philox words, each draw unbiased.</summary>
sealed class RandomStream(ulong seed, string name, ulong index)
{
    readonly PhiloxWords _words = new(seed, unchecked(Philox.StreamOf(name) + index));

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => _words.Below(count);

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
        _words.Shuffle<T>(all);
        return all;
    }
}
