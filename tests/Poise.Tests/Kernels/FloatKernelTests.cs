using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Matrices;

namespace Poise.Tests.Kernels;

/// <summary>Dot products, norms and widening on every vector width against the scalar references, to the bit.</summary>
public unsafe class FloatKernelTests
{
    [Fact]
    public void DotProducts()
    {
        Dots<Lanes128>();
        Dots<Lanes256>();
        Dots<Lanes512>();
    }

    [Fact]
    public void Norms()
    {
        Normalizations<Lanes128>();
        Normalizations<Lanes256>();
        Normalizations<Lanes512>();
    }

    [Fact]
    public void EveryHalfAndBFloat16IsWidenedExactly()
    {
        Widening<Lanes128>();
        Widening<Lanes256>();
        Widening<Lanes512>();
    }

    [Fact]
    public void LaneSumsFollowTheTree()
    {
        Sums<Lanes128>();
        Sums<Lanes256>();
        Sums<Lanes512>();
    }

    static void Dots<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        float* results = stackalloc float[4], sums = stackalloc float[FloatTile.StepFloats];
        foreach (int size in KernelData.Sizes)
        {
            float[] x = KernelData.Floats(size, size);
            float[][] rows = [.. Enumerable.Range(1, 4).Select(i => KernelData.Floats(1000 * i + size, size))];
            fixed (float* v = x, a = rows[0], b = rows[1], c = rows[2], d = rows[3])
            {
                FloatDot.Four<TLanes, F32Weights>((byte*)a, (byte*)b, (byte*)c, (byte*)d, v, size, FloatGroup.ChunkColumns * sizeof(float), (byte*)a, sums);
                FloatTile.Store(sums, 4, 1, results, 4);
                for (int i = 0; i < 4; i++) KernelData.SameBits(ScalarDot.Dot(rows[i], x), results[i], $"{typeof(TLanes).Name} four of {size}");
                KernelData.SameBits(ScalarDot.Dot(rows[0], x), FloatDot.One<TLanes>(a, v, size), $"{typeof(TLanes).Name} one of {size}");
            }
        }
    }

    static void Normalizations<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        foreach (int size in KernelData.Sizes)
        {
            float[] x = KernelData.Floats(size, size, 10), weight = KernelData.Floats(size + 1, size), bias = KernelData.Floats(size + 2, size);
            float[] expected = new float[size], actual = new float[size];
            fixed (float* v = x, w = weight, b = bias, y = actual)
            {
                ScalarNorm.Rms(x, weight, 1e-5f, expected);
                Normalization.Rms<TLanes>(v, w, 1e-5f, y, size);
                KernelData.SameBits(expected, actual, $"{typeof(TLanes).Name} RMS of {size}");
                ScalarNorm.Layer(x, weight, bias, 1e-5f, expected);
                Normalization.Layer<TLanes>(v, w, b, 1e-5f, y, size);
                KernelData.SameBits(expected, actual, $"{typeof(TLanes).Name} layer norm of {size}");
            }
        }
    }

    static void Widening<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        // All 65,536 patterns, and a ragged tail.
        ushort[] patterns = [.. Enumerable.Range(0, 65536 + 5).Select(i => (ushort)i)];
        float[] half = Widened<TLanes, F16Weights>(patterns), brain = Widened<TLanes, BF16Weights>(patterns);

        for (int i = 0; i < patterns.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(patterns[i]);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(half[i]));
            else KernelData.SameBits(expected, half[i], $"F16 {patterns[i]:x4}");
            Assert.Equal(patterns[i] << 16, BitConverter.SingleToInt32Bits(brain[i]));
        }
    }

    static float[] Widened<TLanes, TWeights>(ushort[] patterns)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        float[] panel = new float[(patterns.Length + 15) / 16 * FloatTile.StepFloats];
        fixed (ushort* p = patterns)
        fixed (float* target = panel)
            FloatTile.Pack<TLanes, TWeights>((byte*)p, (byte*)p, (byte*)p, (byte*)p, patterns.Length, FloatGroup.ChunkColumns * TWeights.Bytes, target);
        return [.. patterns.Select((_, i) => panel[i / 16 * FloatTile.StepFloats + i % 16])];
    }

    static void Sums<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        for (int seed = 0; seed < 200; seed++)
        {
            float[] lanes = KernelData.Floats(seed, 16, 1000);
            fixed (float* p = lanes)
            {
                KernelData.SameBits(ScalarLanes.Sum(lanes), TLanes.Sum(TLanes.Load(p)), typeof(TLanes).Name);
                Assert.Equal(lanes.Max(), TLanes.Largest(TLanes.Load(p)));
            }
        }
    }
}
