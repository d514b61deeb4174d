using System.Globalization;

namespace Poise.Core.Training.Reports;

/// <summary>An axis from one round number to another, with a mark at every step of 1, 2 or 5 times a power of ten.</summary>
sealed class AxisScale
{
    const int Marks = 6;

    readonly double _step;
    readonly long _first, _last;

    /// <param name="whole">Marks at whole numbers only.</param>
    public AxisScale(double least, double most, bool whole)
    {
        if (!(most > least))
        {
            double room = least == 0 ? 1 : Math.Abs(least) * 0.1;
            (least, most) = (least - room, most + room);
        }
        _step = RoundStep((most - least) / Marks);
        if (whole) _step = Math.Max(1, _step);
        _first = (long)Math.Floor(least / _step + 1e-9);
        _last = (long)Math.Ceiling(most / _step - 1e-9);
        if (whole && least >= 0) _first = Math.Max(0, _first);
    }

    /// <summary>Where the values stand and what is written there.</summary>
    public IEnumerable<(double Value, string Label)> Ticks
    {
        get
        {
            for (long i = _first; i <= _last; i++) yield return (i * _step, Label(i * _step));
        }
    }

    /// <summary>0 at the lower end and 1 at the upper.</summary>
    public double Place(double value) => (value - _first * _step) / ((_last - _first) * _step);

    string Label(double value)
    {
        double size = Math.Max(Math.Abs(_first), Math.Abs(_last)) * _step;
        if (value == 0) return "0";
        if (size is >= 1e6 or < 1e-2)
        {
            // Digits enough to tell neighbours apart.
            int digits = Math.Max(0, Exponent(size) - Exponent(_step));
            return value.ToString($"0.{new string('#', digits)}e0", CultureInfo.InvariantCulture);
        }
        int decimals = Math.Max(0, -Exponent(_step));
        return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    static double RoundStep(double raw)
    {
        double power = double.Parse($"1e{Exponent(raw).ToString(CultureInfo.InvariantCulture)}", CultureInfo.InvariantCulture);
        foreach (double factor in (ReadOnlySpan<double>)[1, 2, 5])
            if (raw <= factor * power * (1 + 1e-9)) return factor * power;
        return 10 * power;
    }

    /// <summary>The power of ten of the first digit.</summary>
    static int Exponent(double value) =>
        int.Parse(value.ToString("E15", CultureInfo.InvariantCulture).Split('E')[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
