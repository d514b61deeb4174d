namespace Poise.Tests.Kernels;

/// <summary>Seeded inputs for kernels, and comparison to the bit.</summary>
static class KernelData
{
    /// <summary>One lane, around a register, ragged, and long.</summary>
    public static readonly int[] Sizes = [1, 15, 16, 17, 33, 2880, 2891];

    public static float[] Floats(int seed, int count, float scale = 1)
    {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)((random.NextDouble() * 2 - 1) * scale * Math.Pow(2, random.Next(-6, 3)));
        return values;
    }

    public static byte[] Bytes(int seed, int count)
    {
        byte[] values = new byte[count];
        new Random(seed).NextBytes(values);
        return values;
    }

    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}");
    }

    public static void SameBits(float expected, float actual, string what) => SameBits([expected], [actual], what);
}
