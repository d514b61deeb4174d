using System.Diagnostics;
using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Forecasts;

/// <summary>How fast this machine multiplies now: a product as wide as the model's, a few times, the best of them.</summary>
static class SpeedProbe
{
    const int Rows = 256, Outputs = 1024, Rounds = 4;

    /// <summary>Floating-point operations in a second.</summary>
    public static double Measure(int width, int threads)
    {
        using var pool = new ComputePool(threads);
        using var product = new FloatProduct(pool);
        using FloatRows a = new FloatRows(width).Resize(Rows), b = new FloatRows(width).Resize(Outputs), c = new FloatRows(Outputs).Resize(Rows);
        a.All.Fill(0.5f);
        b.All.Fill(0.25f);
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            product.Run(a, b, c);
            best = Math.Min(best, Math.Max(1e-9, Stopwatch.GetElapsedTime(started).TotalSeconds));
        }

        return 2.0 * Rows * Outputs * width / best;
    }
}
