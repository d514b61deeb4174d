namespace Poise.Core.Training.Optimizers;

/// <summary>How the learning rate goes over a run.</summary>
/// <param name="Kind">A row of <see cref="Schedules"/>.</param>
/// <param name="WarmupSteps">Steps over which the rate rises from 0; "constant" has none.</param>
/// <param name="WarmupRatio">The same as a share of all steps, rounded up; only where <paramref name="WarmupSteps"/> is 0.</param>
/// <param name="MinimumRate">The share of the learning rate at which cosine_with_min_lr ends.</param>
/// <param name="Timescale">Steps after which inverse_sqrt has fallen by the root of 2; 0: as many as the warm-up has, or 10,000 where there is none.</param>
public sealed record ScheduleSettings(string Kind = "constant", int WarmupSteps = 0, double WarmupRatio = 0, double MinimumRate = 0, int Timescale = 0)
{
    /// <summary>The steps of warm-up in a run of <paramref name="total"/> steps.</summary>
    public long WarmupOf(long total) => WarmupSteps > 0 ? WarmupSteps : (long)Math.Ceiling(total * WarmupRatio);
}
