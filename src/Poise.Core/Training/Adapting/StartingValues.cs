using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Adapting;

/// <summary>Random numbers where training begins, from Philox: the same on every machine.</summary>
static class StartingValues
{
    public static void Uniform(Span<float> values, float bound, ulong seed, ulong stream)
    {
        for (int i = 0; i < values.Length; i += 4)
        {
            (uint x0, uint x1, uint x2, uint x3) = Philox.Generate(seed, stream, (ulong)i / 4);
            ReadOnlySpan<uint> words = [x0, x1, x2, x3];
            // 24 bits, symmetric about zero: whole numbers and a half, so that every step is exact.
            for (int j = 0; j < 4 && i + j < values.Length; j++) values[i + j] = bound * (((words[j] >> 8) + 0.5f - (1 << 23)) / (1 << 23));
        }
    }

    /// <summary>Of variance 1, by Box and Muller.</summary>
    public static void Normal(Span<float> values, ulong seed, ulong stream)
    {
        for (int i = 0; i < values.Length; i += 4)
        {
            (uint x0, uint x1, uint x2, uint x3) = Philox.Generate(seed, stream, (ulong)i / 4);
            ReadOnlySpan<uint> words = [x0, x1, x2, x3];
            for (int j = 0; j < 4 && i + j < values.Length; j += 2)
            {
                double radius = Math.Sqrt(-2 * PreciseMath.Log((words[j] + 0.5) / (1L << 32)));
                (double sine, double cosine) = PreciseMath.SinCos(2 * Math.PI * words[j + 1] / (1L << 32));
                values[i + j] = (float)(radius * cosine);
                if (i + j + 1 < values.Length) values[i + j + 1] = (float)(radius * sine);
            }
        }
    }
}
