using System.Globalization;
using System.Numerics;
using Poise.Core.Training.Optimizers;

namespace Poise.Core.Training.Memory;

/// <summary>
/// Foresees the peak of a run from shapes alone. Trained values and gradients are F32 (4 bytes each an element), the optimiser adds 8
/// (AdamW), 4 (SGD with momentum) or 0; the rest are activations, [rows, width] in F32:
/// <code>
/// a layer   norm h, q k v (q+2k)d twice (before and after rotation), attention qd and a sum a head, output h, sum h,
///           norm h, router e, and for each expert of a token: input h, gate and value 2i, product i, output h; sum h
/// adapters  the ranks and the outputs of the adapted matrices
/// backward  gradients of the widest three of these
/// </code>
/// Without recomputation every layer keeps its own; with it a layer keeps h, and one layer at a time the rest. Logits stand twice
/// (themselves and their gradient). Arrays are rounded up as the pool that lends them does, to 2^k or 1.5 * 2^k bytes.
/// </summary>
public sealed class MemoryEstimate
{
    /// <summary>By how much the peak of a run may differ from what was foreseen before it is worth a warning.</summary>
    public const double Tolerance = 0.15;

    const int F32 = sizeof(float);

    MemoryEstimate(IReadOnlyList<(string, long)> parts) => Parts = parts;

    /// <summary>What for, and bytes.</summary>
    public IReadOnlyList<(string Name, long Bytes)> Parts { get; }

    public long Total => Parts.Sum(p => p.Bytes);

    public static MemoryEstimate For(MemoryPlan plan)
    {
        ModelShape shape = plan.Shape;
        long layer = LayerWidths(plan).Sum(width => Array(plan.Rows, width));
        long backward = LayerWidths(plan).OrderDescending().Take(3).Sum(width => Array(plan.Rows, width));
        long between = Array(plan.Rows, shape.Hidden);
        long kept = plan.Recompute ? shape.Layers * between + layer : shape.Layers * layer;
        return new MemoryEstimate(
        [
            ("program", plan.BaselineBytes),
            ("weights of the model", plan.FrozenBytes),
            ("trained values", checked(plan.TrainedElements * F32)),
            ("gradients", checked(plan.TrainedElements * F32)),
            ("state of the optimiser", checked(plan.TrainedElements * OptimizerKinds.StateBytesPerElement(plan.Optimizer))),
            ("activations", kept),
            // The embeddings and the last norm come before and after the layers, with their gradients.
            ("backward pass", backward + 4 * between),
            ("logits", 2 * Array(plan.LogitRows, shape.Vocabulary)),
        ]);
    }

    /// <summary>How far the peak of the run was from what was foreseen, as a share of the peak; positive where too much was foreseen.</summary>
    public double Deviation(long peak) => (Total - peak) / (double)peak;

    /// <summary>Null within <see cref="Tolerance"/>; else a sentence for the report.</summary>
    public string? Check(long peak) => Math.Abs(Deviation(peak)) <= Tolerance ? null : string.Create(CultureInfo.InvariantCulture,
        $"The run needed {peak / 1e9:0.00} GB where {Total / 1e9:0.00} GB were foreseen ({Deviation(peak):+0%;-0%}).");

    /// <summary>One line a part, and the sum.</summary>
    public override string ToString() => string.Concat(Parts.Append(("together", Total)).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Item1,-24}{p.Item2 / 1e6,12:N1} MB\n")));

    static IEnumerable<int> LayerWidths(MemoryPlan plan)
    {
        ModelShape s = plan.Shape;
        int queries = s.QueryHeads * s.HeadSize, projected = queries + 2 * s.KeyValueHeads * s.HeadSize, gates = s.Gated ? 2 : 1;
        yield return s.Hidden;
        yield return projected;
        yield return projected;
        yield return queries;
        yield return s.QueryHeads;
        yield return s.Hidden;
        yield return s.Hidden;
        yield return s.Hidden;
        if (s.Experts > 0)
        {
            yield return s.Experts;
            yield return checked(s.ExpertsPerToken * s.Hidden);
        }
        yield return checked(s.ExpertsPerToken * gates * s.Intermediate);
        yield return checked(s.ExpertsPerToken * s.Intermediate);
        yield return checked(s.ExpertsPerToken * s.Hidden);
        yield return s.Hidden;
        if (plan.AdapterRanks == 0) yield break;
        yield return plan.AdapterRanks;
        yield return plan.AdapterOutputs;
    }

    static long Array(int rows, int width)
    {
        long bytes = checked((long)rows * width * F32);
        if (bytes == 0) return 0;
        long power = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes, 256));
        return bytes <= power / 4 * 3 ? power / 4 * 3 : power;
    }
}
