using System.Globalization;
using System.Numerics;
using Poise.Core.Training.Optimizers;

namespace Poise.Core.Training.Memory;

/// <summary>
/// Foresees the peak of a run from shapes alone. Trained values and gradients are F32 (4 bytes each an element), the optimiser adds 8
/// (AdamW), 4 (SGD with momentum) or 0; the rest are activations, [rows, width] in F32, with h the hidden size:
/// <code>
/// a layer   norm h, q and k twice (before and after rotation), v, attended q and two sums a head, output h, sum h,
///           norm h, router e, and for each expert of a token: input h, gate and value 2i, product i, output h; sum h
/// adapters  the ranks, and the outputs of the adapted matrices twice (the change, and the sum with it)
/// backward  gradients of gate, value and product, four of h, two arrays as products pack them, and a matrix as they need it: of
///           weights that learn whole and twice (turned around, and the gradient before it is added), of others 64 MB at most
/// logits    of 4096 tokens of the vocabulary at a time, with as many rows of the output matrix twice
/// </code>
/// Without recomputation every layer keeps its own; with it a layer keeps h, and one layer at a time the rest. Arrays are rounded up
/// as the pool that lends them does, to 2^k or 1.5 * 2^k bytes.
/// </summary>
public sealed class MemoryEstimate
{
    /// <summary>By how much the peak of a run may differ from what was foreseen before it is worth a warning.</summary>
    public const double Tolerance = 0.15;

    /// <summary>Bytes by which the same run's peak differs from one time to the next: .NET's heap and compiled code.</summary>
    public const long Jitter = 48 << 20;

    internal const string Program = "program", Weights = "weights of the model";

    const int F32 = sizeof(float), LogitBlock = 4096, PanelElements = 16 << 20;

    MemoryEstimate(IReadOnlyList<(string, long)> parts) => Parts = parts;

    /// <summary>What for, and bytes.</summary>
    public IReadOnlyList<(string Name, long Bytes)> Parts { get; }

    public long Total => Parts.Sum(p => p.Bytes);

    public static MemoryEstimate For(MemoryPlan plan)
    {
        ModelShape shape = plan.Shape;
        long layer = LayerWidths(plan).Sum(width => Array(plan.Rows, width));
        long between = Array(plan.Rows, shape.Hidden);
        long kept = plan.Recompute ? shape.Layers * between + layer : shape.Layers * layer;
        return new MemoryEstimate(
        [
            (Program, plan.BaselineBytes),
            (Weights, plan.FrozenBytes),
            ("trained values", checked(plan.TrainedElements * F32)),
            ("gradients", checked(plan.TrainedElements * F32)),
            ("state of the optimiser", checked(plan.TrainedElements * OptimizerKinds.StateBytesPerElement(plan.Optimizer))),
            ("activations", kept),
            ("backward pass", Backward(plan) + 4 * between),
            ("logits", Logits(plan)),
        ]);
    }

    /// <summary>How far the peak of the run was from what was foreseen, as a share of the peak; positive where too much was foreseen.</summary>
    public double Deviation(long peak) => (Total - peak) / (double)peak;

    /// <summary>Null within <see cref="Tolerance"/> or <see cref="Jitter"/>, or where the system does not tell the peak; else a sentence for the report.</summary>
    public string? Check(long peak) => peak <= 0 || Math.Abs(Deviation(peak)) <= Tolerance || Math.Abs(Total - peak) <= Jitter ? null : string.Create(CultureInfo.InvariantCulture,
        $"The run needed {peak / 1e9:0.00} GB where {Total / 1e9:0.00} GB were foreseen ({Deviation(peak):+0%;-0%}).");

    /// <summary>One line a part, and the sum.</summary>
    public override string ToString() => string.Concat(Parts.Append(("together", Total)).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Item1,-24}{p.Item2 / 1e6,12:N1} MB\n")));

    static IEnumerable<int> LayerWidths(MemoryPlan plan)
    {
        ModelShape s = plan.Shape;
        int queries = s.QueryHeads * s.HeadSize, keys = s.KeyValueHeads * s.HeadSize, inner = checked(s.ExpertsPerToken * s.Intermediate);
        foreach (int width in (int[])[s.Hidden, queries, queries, keys, keys, keys, queries, 2 * s.QueryHeads, s.Hidden, s.Hidden, s.Hidden]) yield return width;
        if (s.Experts > 0)
        {
            yield return s.Experts;
            yield return checked(s.ExpertsPerToken * s.Hidden);
        }
        if (s.Gated) yield return inner;
        yield return inner;
        yield return inner;
        yield return checked(s.ExpertsPerToken * s.Hidden);
        yield return s.Hidden;
        if (plan.AdapterRanks == 0) yield break;
        yield return plan.AdapterRanks;
        yield return plan.AdapterOutputs;
        yield return plan.AdapterOutputs;
    }

    static long Backward(MemoryPlan plan)
    {
        ModelShape s = plan.Shape;
        int inner = checked(s.ExpertsPerToken * s.Intermediate);
        long gradients = (s.Gated ? 5 : 4) * Array(plan.Rows, inner), matrix = (long)s.Hidden * s.Intermediate;
        if (!plan.Full) return gradients + Array(1, (int)Math.Min(PanelElements, matrix));
        return gradients + 2 * Array(s.Hidden, s.Intermediate) + Array(plan.Rows, inner) + Array(plan.Rows, s.Hidden);
    }

    static long Logits(MemoryPlan plan)
    {
        int rows = Math.Min(plan.TargetRows, LogitBlock), block = Math.Min(plan.Shape.Vocabulary, LogitBlock), hidden = plan.Shape.Hidden;
        long forward = Array(rows, block) + 2 * Array(rows, hidden) + 2 * Array(block, hidden);
        return plan.Full ? forward + Array(rows, block) + Array(rows, hidden) + Array(block, hidden) : forward;
    }

    static long Array(int rows, int width)
    {
        long bytes = checked((long)rows * width * F32);
        if (bytes == 0) return 0;
        long power = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes, 256));
        return bytes <= power / 4 * 3 ? power / 4 * 3 : power;
    }
}
