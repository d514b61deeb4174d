namespace Poise.Core.Nano.Grading;

/// <summary>A share of right answers with its interval of 95 % (Wilson 1927), which stays within 0 and 1 and holds for shares near them.</summary>
readonly record struct WilsonInterval(double Share, double Lower, double Upper)
{
    /// <summary>The 97.5 % quantile of the normal distribution.</summary>
    const double Quantile = 1.959963984540054;

    public static WilsonInterval Of(int right, int all)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(all, 1);
        double share = (double)right / all, square = Quantile * Quantile;
        double centre = share + square / (2 * all), spread = Quantile * Math.Sqrt(share * (1 - share) / all + square / (4.0 * all * all)), scale = 1 + square / all;
        return new WilsonInterval(share, Math.Max(0, (centre - spread) / scale), Math.Min(1, (centre + spread) / scale));
    }
}
