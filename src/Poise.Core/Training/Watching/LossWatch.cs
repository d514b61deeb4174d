using System.Globalization;

namespace Poise.Core.Training.Watching;

/// <summary>
/// Decides when a run has gone wrong. Not a number: the loss or the norm of the gradients is not finite; at once. Exploding: five
/// steps in a row are high, and the last is not below the first of them, so the loss is not on its way back. A step is high where
/// its loss is above three times the median of the last 50 steps that were not high, and above that median by 1 (nats) at least; until ten steps
/// are known none is. High steps are left out of the median, so an explosion does not move its own measure.
/// </summary>
/// <remarks>A resumed run feeds the steps of its transcript first, and decides as if it had never stopped.</remarks>
public sealed class LossWatch
{
    const int Window = 50, Known = 10, HighSteps = 5;
    const double Factor = 3, Margin = 1;

    readonly Queue<double> _ordinary = new();
    readonly List<double> _high = [];

    /// <summary>The loss and the gradient norm of the next step.</summary>
    public LossVerdict Observe(long step, double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss)) return NotANumber(step, "loss", loss);
        if (!double.IsFinite(gradientNorm)) return NotANumber(step, "norm of the gradients", gradientNorm);
        double median = Median();
        if (_ordinary.Count < Known || loss <= Math.Max(Factor * median, median + Margin))
        {
            _high.Clear();
            _ordinary.Enqueue(loss);
            if (_ordinary.Count > Window) _ordinary.Dequeue();
            return LossVerdict.Fine;
        }
        _high.Add(loss);
        if (_high.Count < HighSteps) return LossVerdict.Fine;
        if (_high[^1] < _high[0])
        {
            _high.RemoveAt(0);
            return LossVerdict.Fine;
        }
        return new LossVerdict(LossTrouble.Exploding, string.Create(CultureInfo.InvariantCulture,
            $"The loss explodes: {loss:0.###} at step {step}, after {_high.Count} steps above three times the median of {median:0.###}. The last good checkpoint is kept. Try a smaller learning rate or a longer warm-up, and set max_gradient_norm to 1."));
    }

    static LossVerdict NotANumber(long step, string what, double value) => new(LossTrouble.NotANumber, string.Create(CultureInfo.InvariantCulture,
        $"The {what} is {value} at step {step}. The last good checkpoint is kept. Try a tenth of the learning rate, set max_gradient_norm to 1, and look at the rows of this step."));

    double Median()
    {
        if (_ordinary.Count == 0) return 0;
        double[] sorted = [.. _ordinary.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
