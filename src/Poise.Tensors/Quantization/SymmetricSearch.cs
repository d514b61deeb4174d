namespace Poise.Tensors.Quantization;

/// <summary>
/// Encodes blocks of scale * number, the scale being d (half) times a small integer for each sub-block, with little squared
/// error. It alternates: numbers for given scales, then the scale of least squares for the numbers.
/// </summary>
static class SymmetricSearch
{
    const int Steps = 9;
    const int Rounds = 4;

    // Below the smallest half there is nothing to represent, and reciprocals would overflow.
    const float Negligible = 1e-30f;

    /// <summary>A block with the scale d alone. Returns d's bits.</summary>
    public static ushort Encode<TCodebook>(ReadOnlySpan<float> x, Span<sbyte> numbers) where TCodebook : struct, ICodebook
    {
        numbers.Fill((sbyte)TCodebook.Nearest(0));
        float ideal = Scale<TCodebook>(x);
        if (ideal == 0) return 0;
        ushort centre = Half(ideal), best = centre;
        double bestError = double.PositiveInfinity;
        Span<sbyte> trial = stackalloc sbyte[32];
        for (int offset = -2; offset <= 2; offset++)
        {
            ushort d = (ushort)(centre + offset);
            float scale = HalfConversion.HalfToSingle(d);
            if (!float.IsFinite(scale) || scale == 0) continue;
            double error = Fit<TCodebook>(x, scale, trial);
            if (!(error < bestError)) continue;
            bestError = error;
            best = d;
            trial.CopyTo(numbers);
        }
        return best;
    }

    /// <summary>A super-block: x.Length / scales.Length elements to a sub-block, integer scales from low to high. Returns d's bits.</summary>
    public static ushort Encode<TCodebook>(ReadOnlySpan<float> x, int low, int high, Span<sbyte> scales, Span<sbyte> numbers)
        where TCodebook : struct, ICodebook
    {
        int size = x.Length / scales.Length;
        scales.Clear();
        numbers.Fill((sbyte)TCodebook.Nearest(0));
        Span<float> ideal = stackalloc float[16];
        ideal = ideal[..scales.Length];
        for (int k = 0; k < scales.Length; k++) ideal[k] = Scale<TCodebook>(x.Slice(size * k, size));
        float peak = Extremes.Peak(ideal);
        if (peak == 0) return 0;

        ushort best = 0;
        double bestError = double.PositiveInfinity;
        Span<sbyte> trialScales = stackalloc sbyte[16], trialNumbers = stackalloc sbyte[256];
        trialScales = trialScales[..scales.Length];
        for (int end = 0; end < 2; end++)
        {
            ushort d = Half(peak / (end == 0 ? low : high));
            for (int round = 0; round < Rounds; round++)
            {
                double error = FitScales<TCodebook>(x, HalfConversion.HalfToSingle(d), ideal, low, high, trialScales, trialNumbers);
                if (error < bestError)
                {
                    bestError = error;
                    best = d;
                    trialScales.CopyTo(scales);
                    trialNumbers.CopyTo(numbers);
                }
                ushort next = Half(Refit(x, trialScales, trialNumbers));
                if (next == d) break;
                d = next;
            }
        }
        return best;
    }

    /// <summary>The real scale of least squared error, of either sign.</summary>
    static float Scale<TCodebook>(ReadOnlySpan<float> x) where TCodebook : struct, ICodebook
    {
        float peak = Extremes.Peak(x);
        if (!(MathF.Abs(peak) > Negligible)) return 0;
        float best = 0;
        double bestGain = 0;
        for (int end = 0; end < 2; end++)
            for (int step = -Steps; step <= Steps; step++)
            {
                float outermost = end == 0 ? TCodebook.Low : TCodebook.High;
                Improve<TCodebook>(x, (outermost + step * TCodebook.Step) / peak, ref best, ref bestGain);
            }
        for (int round = 0; round < 2 && best != 0; round++) Improve<TCodebook>(x, 1 / best, ref best, ref bestGain);
        return best;
    }

    // For given numbers q the best scale is (x.q)/(q.q) and it lowers the squared error by (x.q)^2/(q.q).
    static void Improve<TCodebook>(ReadOnlySpan<float> x, float inverse, ref float best, ref double bestGain)
        where TCodebook : struct, ICodebook
    {
        float xq = 0, qq = 0;
        foreach (float value in x)
        {
            float q = TCodebook.Nearest(value * inverse);
            xq += value * q;
            qq += q * q;
        }
        if (qq == 0) return;
        double gain = (double)xq * xq / qq;
        if (!(gain > bestGain)) return;
        bestGain = gain;
        best = xq / qq;
    }

    static double FitScales<TCodebook>(
        ReadOnlySpan<float> x, float d, ReadOnlySpan<float> ideal, int low, int high, Span<sbyte> scales, Span<sbyte> numbers)
        where TCodebook : struct, ICodebook
    {
        int size = x.Length / scales.Length;
        Span<sbyte> trial = stackalloc sbyte[32];
        trial = trial[..size];
        double total = 0;
        for (int k = 0; k < scales.Length; k++)
        {
            ReadOnlySpan<float> part = x.Slice(size * k, size);
            int centre = (int)Math.Clamp(MathF.Round(ideal[k] / d), low, high);
            double bestError = double.PositiveInfinity;
            for (int scale = Math.Max(centre - 1, low); scale <= Math.Min(centre + 1, high); scale++)
            {
                double error = Fit<TCodebook>(part, d * scale, trial);
                if (!(error < bestError)) continue;
                bestError = error;
                scales[k] = (sbyte)scale;
                trial.CopyTo(numbers.Slice(size * k, size));
            }
            total += bestError;
        }
        return total;
    }

    // The squared error that remains.
    static double Fit<TCodebook>(ReadOnlySpan<float> x, float scale, Span<sbyte> numbers) where TCodebook : struct, ICodebook
    {
        float inverse = scale != 0 ? 1 / scale : 0;
        double error = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float q = TCodebook.Nearest(x[i] * inverse);
            numbers[i] = (sbyte)q;
            float difference = x[i] - scale * q;
            error += (double)difference * difference;
        }
        return error;
    }

    static float Refit(ReadOnlySpan<float> x, ReadOnlySpan<sbyte> scales, ReadOnlySpan<sbyte> numbers)
    {
        int size = x.Length / scales.Length;
        double xw = 0, ww = 0;
        for (int k = 0; k < scales.Length; k++)
            for (int i = size * k; i < size * (k + 1); i++)
            {
                double w = scales[k] * numbers[i];
                xw += x[i] * w;
                ww += w * w;
            }
        return ww > 0 ? (float)(xw / ww) : 0;
    }

    // Never zero and never infinite.
    static ushort Half(float scale)
    {
        ushort bits = HalfConversion.SingleToHalf(Math.Clamp(scale, -65504f, 65504f));
        return (bits & 0x7fff) == 0 ? (ushort)(bits | 1) : bits;
    }
}
