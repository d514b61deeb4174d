using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>The order in which one epoch takes samples, or rows of them. The same on every machine.</summary>
public static class SampleOrder
{
    /// <summary>As they stand in the files.</summary>
    public static int[] File(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>
    /// Shuffled, in another way in each epoch: <see cref="PhiloxWords"/> with the seed, and the stream <c>order</c> plus the epoch.
    /// </summary>
    public static int[] Shuffled(int count, ulong seed, int epoch) => Shuffled(count, seed, unchecked(Philox.StreamOf("order") + (ulong)epoch));

    /// <summary>The same with another stream of numbers.</summary>
    internal static int[] Shuffled(int count, ulong seed, ulong stream)
    {
        int[] order = File(count);
        new PhiloxWords(seed, stream).Shuffle<int>(order);
        return order;
    }
}
