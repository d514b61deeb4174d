namespace Poise.Tensors.Kernels;

/// <summary>
/// exp, ln, sine and cosine in double precision out of IEEE operations alone (no platform library): for tables and for
/// sampling, where a few hundred values are computed once. Relative error below 4e-16 in the ranges stated.
/// </summary>
public static class PreciseMath
{
    const double Ln2High = 0.693147180369123816490; // upper 33 bits of ln 2
    const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>e^x for -700 &lt; x &lt; 700.</summary>
    public static double Exp(double x)
    {
        double n = Math.Round(x * 1.44269504088896340736);
        double r = Math.FusedMultiplyAdd(n, -Ln2High, x);
        r = Math.FusedMultiplyAdd(n, -Ln2Low, r);
        double p = 1;
        for (int k = 17; k >= 1; k--) p = Math.FusedMultiplyAdd(p, r / k, 1);
        return Math.ScaleB(p, (int)n);
    }

    /// <summary>Natural logarithm of a positive, normal number.</summary>
    public static double Log(double x)
    {
        int e = Math.ILogB(x);
        double m = Math.ScaleB(x, -e);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            e++;
        }

        // ln m = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.172
        double s = (m - 1) / (m + 1), z = s * s, p = 0;
        for (int k = 25; k >= 1; k -= 2) p = Math.FusedMultiplyAdd(p, z, 1.0 / k);
        return Math.FusedMultiplyAdd(e, Ln2High, Math.FusedMultiplyAdd(e, Ln2Low, 2 * s * p));
    }

    /// <summary>b^y for positive b.</summary>
    public static double Power(double b, double y) => Exp(y * Log(b));

    /// <summary>Sine and cosine for |x| below 10^7 (error of the angle below 10^-15 there).</summary>
    public static (double Sin, double Cos) SinCos(double x)
    {
        // pi/2 in three parts (Cody and Waite): the first two have trailing zeros, so n * part is exact for n < 2^24.
        const double First = 1.57079632673412561417, Second = 6.07710050630396597660e-11, Third = 2.02226624879595063154e-21;
        double n = Math.Round(x * 0.63661977236758134308);
        double r = Math.FusedMultiplyAdd(n, -First, x);
        r = Math.FusedMultiplyAdd(n, -Second, r);
        r = Math.FusedMultiplyAdd(n, -Third, r);
        double z = r * r, s = 1, c = 1;
        for (int k = 9; k >= 1; k--)
        {
            s = Math.FusedMultiplyAdd(s, -z / (2 * k * (2 * k + 1)), 1);
            c = Math.FusedMultiplyAdd(c, -z / (2 * k * (2 * k - 1)), 1);
        }

        s *= r;
        return ((long)n & 3) switch
        {
            0 => (s, c),
            1 => (c, -s),
            2 => (-s, -c),
            _ => (-c, s),
        };
    }
}
