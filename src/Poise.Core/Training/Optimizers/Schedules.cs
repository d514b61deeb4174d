using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Optimizers;

/// <summary>The schedules that there are: one row each. The formulas and names are those of Hugging Face's get_scheduler.</summary>
public static class Schedules
{
    static readonly Kind[] s_all =
    [
        new("constant", Warms: false, (_, _) => 1),
        new("constant_with_warmup", Warms: true, (_, _) => 1),
        new("linear", Warms: true, (point, _) => Math.Max(0, point.Left / (double)point.Length)),
        new("cosine", Warms: true, (point, _) => Cosine(point)),
        new("cosine_with_min_lr", Warms: true, (point, settings) => Cosine(point) * (1 - settings.MinimumRate) + settings.MinimumRate),
        new("inverse_sqrt", Warms: true, (point, settings) => InverseRoot(point, TimescaleOf(settings, point))),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(k => k.Name)];

    /// <summary>What the learning rate is multiplied by. With warm-up the first step has 0.</summary>
    /// <param name="step">From 0. At <paramref name="total"/> a run is over: beyond it the cosines would rise again.</param>
    public static double Multiplier(ScheduleSettings settings, long step, long total)
    {
        Kind kind = Array.Find(s_all, k => k.Name == settings.Kind)
            ?? throw new PoiseException($"There is no schedule '{settings.Kind}'. Choose one of {string.Join(", ", Names)}.");
        long warmup = kind.Warms ? settings.WarmupOf(total) : 0;
        return step < warmup ? step / (double)warmup : kind.After(new Point(step - warmup, total - step, Math.Max(1, total - warmup), warmup), settings);
    }

    static double TimescaleOf(ScheduleSettings settings, Point point) => settings.Timescale > 0 ? settings.Timescale : point.Warmup > 0 ? point.Warmup : 10_000;

    static double InverseRoot(Point point, double timescale) => 1 / Math.Sqrt((point.Done + timescale) / timescale);

    static double Cosine(Point point) => Math.Max(0, (1 + PreciseMath.SinCos(Math.PI * (point.Done / (double)point.Length)).Cos) / 2);

    /// <summary>Steps after the warm-up, steps to the end, all steps between, and those of the warm-up.</summary>
    readonly record struct Point(long Done, long Left, long Length, long Warmup);

    sealed record Kind(string Name, bool Warms, Func<Point, ScheduleSettings, double> After);
}
