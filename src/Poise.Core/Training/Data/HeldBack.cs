using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>
/// A data set parted into what is trained on and what is only measured on. Records are parted, before anything is cut or packed, so
/// that no token of one part is in the other. Which ones: the first of an order that is shuffled with the stream <c>split</c>.
/// </summary>
public static class HeldBack
{
    /// <param name="share">Of the records; at least one record is held back, and one stays.</param>
    public static (Dataset Train, Dataset Evaluation) Of(Dataset data, double share, ulong seed)
    {
        int count = data.Samples.Count + data.Pairs.Count;
        if (count < 2) throw new PoiseException("The data have one record, of which no share can be held back for evaluation: add records, or leave evaluation_share out.");
        int held = Math.Clamp((int)Math.Round(count * share), 1, count - 1);
        HashSet<int> chosen = [.. SampleOrder.Shuffled(count, seed, Philox.StreamOf("split")).Take(held)];
        return (Part(data, i => !chosen.Contains(i)), Part(data, chosen.Contains));
    }

    static Dataset Part(Dataset data, Func<int, bool> takes) =>
        new([.. data.Samples.Where((_, i) => takes(i))], [.. data.Pairs.Where((_, i) => takes(i))], data.Files, data.Sha256);
}
