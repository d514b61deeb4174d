namespace Poise.Tensors.Quantization;

/// <summary>
/// Encodes super-blocks of scale * code - minimum, where scale and minimum are d and dmin (halves) times small integers for
/// each sub-block, with little squared error. It alternates: codes for given scales and minima, then d and dmin of least
/// squares for the codes.
/// </summary>
static class AffineSearch
{
    const int Steps = 10;
    const int Rounds = 4;
    const float Negligible = 1e-30f;

    /// <summary>
    /// x.Length / scales.Length elements to a sub-block; codes up to <paramref name="topCode"/>, scales and minima up to
    /// <paramref name="topScale"/>. Returns the bits of d and dmin.
    /// </summary>
    public static (ushort Scale, ushort Minimum) Encode(
        ReadOnlySpan<float> x, int topCode, int topScale, Span<byte> scales, Span<byte> minima, Span<byte> codes)
    {
        int size = x.Length / scales.Length;
        Span<float> idealScales = stackalloc float[16], idealMinima = stackalloc float[16];
        idealScales = idealScales[..scales.Length];
        idealMinima = idealMinima[..scales.Length];
        float greatestScale = 0, greatestMinimum = 0;
        for (int k = 0; k < scales.Length; k++)
        {
            (idealScales[k], idealMinima[k]) = Fit(x.Slice(size * k, size), topCode);
            greatestScale = MathF.Max(greatestScale, idealScales[k]);
            greatestMinimum = MathF.Max(greatestMinimum, idealMinima[k]);
        }

        Span<byte> trialScales = stackalloc byte[16], trialMinima = stackalloc byte[16], trialCodes = stackalloc byte[256];
        trialScales = trialScales[..scales.Length];
        trialMinima = trialMinima[..scales.Length];
        (ushort Scale, ushort Minimum) best = (0, 0), halves = (Half(greatestScale / topScale), Half(greatestMinimum / topScale));
        double bestError = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            float d = HalfConversion.HalfToSingle(halves.Scale), dmin = HalfConversion.HalfToSingle(halves.Minimum);
            double error = 0;
            for (int k = 0; k < scales.Length; k++)
                error += FitIntegers(x.Slice(size * k, size), d, dmin, idealScales[k], idealMinima[k], topCode, topScale,
                    out trialScales[k], out trialMinima[k], trialCodes.Slice(size * k, size));
            if (error < bestError || round == 0)
            {
                bestError = error;
                best = halves;
                trialScales.CopyTo(scales);
                trialMinima.CopyTo(minima);
                trialCodes.CopyTo(codes);
            }
            (float nextScale, float nextMinimum) = Refit(x, trialScales, trialMinima, trialCodes, d, dmin);
            (ushort, ushort) next = (Half(nextScale), Half(nextMinimum));
            if (next == halves) break;
            halves = next;
        }
        return best;
    }

    /// <summary>The real scale and minimum (neither negative) of least squared error.</summary>
    static (float Scale, float Minimum) Fit(ReadOnlySpan<float> x, int topCode)
    {
        (float least, float greatest) = Extremes.Range(x);
        least = MathF.Min(least, 0);
        float range = greatest - least;
        if (!(range > Negligible)) return (0, -least);
        double sum = 0, squares = 0;
        foreach (float value in x)
        {
            sum += value;
            squares += (double)value * value;
        }
        var best = new Fitted(range / topCode, -least, double.PositiveInfinity);
        for (int step = -Steps; step <= Steps; step++)
            Improve(x, sum, squares, (topCode + 0.1f * step) / range, -least, topCode, ref best);
        for (int round = 0; round < 2; round++) Improve(x, sum, squares, 1 / best.Scale, best.Minimum, topCode, ref best);
        return (best.Scale, best.Minimum);
    }

    readonly record struct Fitted(float Scale, float Minimum, double Error);

    static void Improve(ReadOnlySpan<float> x, double sum, double squares, float inverse, float minimum, int topCode, ref Fitted best)
    {
        float top = topCode, q1 = 0, q2 = 0, xq = 0;
        foreach (float value in x)
        {
            float q = Math.Clamp(MathF.Round((value + minimum) * inverse), 0f, top);
            q1 += q;
            q2 += q * q;
            xq += value * q;
        }
        double n = x.Length, determinant = n * q2 - (double)q1 * q1;
        if (q2 == 0) return;
        double s = 0, m = -1;
        if (determinant > 0)
        {
            s = (n * xq - sum * q1) / determinant;
            m = (s * q1 - sum) / n;
        }
        if (m < 0)
        {
            m = 0;
            s = xq / q2;
        }
        if (!(s > Negligible)) return;
        double error = squares + s * s * q2 + n * m * m - 2 * s * xq + 2 * m * sum - 2 * s * m * q1;
        if (error < best.Error) best = new Fitted((float)s, (float)m, error);
    }

    static double FitIntegers(
        ReadOnlySpan<float> x, float d, float dmin, float idealScale, float idealMinimum, int topCode, int topScale,
        out byte scale, out byte minimum, Span<byte> codes)
    {
        Span<byte> trial = stackalloc byte[32];
        trial = trial[..x.Length];
        scale = minimum = 0;
        int scaleCentre = Centre(idealScale, d, topScale), minimumCentre = Centre(idealMinimum, dmin, topScale);
        double best = double.PositiveInfinity;
        for (int a = Math.Max(0, scaleCentre - 1); a <= Math.Min(topScale, scaleCentre + 1); a++)
            for (int b = Math.Max(0, minimumCentre - 1); b <= Math.Min(topScale, minimumCentre + 1); b++)
            {
                double error = Codes(x, d * a, dmin * b, topCode, trial);
                if (!(error < best)) continue;
                best = error;
                (scale, minimum) = ((byte)a, (byte)b);
                trial.CopyTo(codes);
            }
        return best;
    }

    static int Centre(float ideal, float unit, int top) => unit > 0 ? (int)Math.Clamp(MathF.Round(ideal / unit), 0f, top) : 0;

    // The squared error that remains.
    static double Codes(ReadOnlySpan<float> x, float scale, float minimum, int topCode, Span<byte> codes)
    {
        float inverse = scale != 0 ? 1 / scale : 0, top = topCode;
        double error = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float q = Math.Clamp(MathF.Round((x[i] + minimum) * inverse), 0f, top);
            codes[i] = (byte)q;
            float difference = x[i] - (scale * q - minimum);
            error += (double)difference * difference;
        }
        return error;
    }

    // Least squares of x = d * a - dmin * b. Where that has no single answer above zero, the other one stays as it is.
    static (float Scale, float Minimum) Refit(
        ReadOnlySpan<float> x, ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, ReadOnlySpan<byte> codes, float d, float dmin)
    {
        int size = x.Length / scales.Length;
        double aa = 0, ab = 0, bb = 0, xa = 0, xb = 0;
        for (int k = 0; k < scales.Length; k++)
        {
            double b = minima[k];
            for (int i = size * k; i < size * (k + 1); i++)
            {
                double a = scales[k] * codes[i];
                aa += a * a;
                ab += a * b;
                xa += x[i] * a;
                xb += x[i] * b;
            }
            bb += size * b * b;
        }
        double determinant = aa * bb - ab * ab;
        if (determinant > 1e-9 * aa * bb)
        {
            double scale = (xa * bb - xb * ab) / determinant, minimum = (xa * ab - xb * aa) / determinant;
            if (scale > 0 && minimum > 0) return ((float)scale, (float)minimum);
        }
        if (aa > 0) return ((float)Math.Max(0, (xa + dmin * ab) / aa), dmin);
        return (d, bb > 0 ? (float)Math.Max(0, -xb / bb) : dmin);
    }

    static ushort Half(float value)
    {
        ushort bits = HalfConversion.SingleToHalf(Math.Clamp(value, 0f, 65504f));
        // Rounded to nothing, a scale could never be found again.
        return bits == 0 && value > 0 ? (ushort)1 : bits;
    }
}
