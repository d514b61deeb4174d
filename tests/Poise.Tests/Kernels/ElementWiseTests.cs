using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;

namespace Poise.Tests.Kernels;

/// <summary>exp and the gates on every vector width against the scalar references, to the bit, and exp against double arithmetic.</summary>
public unsafe class ElementWiseTests(ITestOutputHelper output)
{
    const float Limit = 7f;

    [Fact]
    public void EveryOperation()
    {
        All<Lanes128>();
        All<Lanes256>();
        All<Lanes512>();
    }

    [Fact]
    public void ExpOfEveryWidth()
    {
        Exp<Lanes128>();
        Exp<Lanes256>();
        Exp<Lanes512>();
    }

    [Fact]
    public void ExpIsWithinTwoUnitsInTheLastPlace()
    {
        double worst = 0;
        float at = 0;
        for (int i = 0; i <= 2_000_000; i++)
        {
            float x = -87.3f + i * (88.7f + 87.3f) / 2_000_000;
            double exact = Math.Exp(x), error = Math.Abs(ScalarFunctions.Exp(x) - exact);
            float rounded = (float)exact;
            double unit = (double)MathF.BitIncrement(rounded) - rounded;
            if (error / unit > worst) (worst, at) = (error / unit, x);
        }

        output.WriteLine($"largest error {worst:0.000} units in the last place, at {at:R}");
        Assert.InRange(worst, 0, 2);
    }

    [Fact]
    public void ExpAtTheEdges()
    {
        Assert.Equal(0f, ScalarFunctions.Exp(float.NegativeInfinity));
        Assert.Equal(0f, ScalarFunctions.Exp(-104f));
        Assert.Equal(float.PositiveInfinity, ScalarFunctions.Exp(88.8f));
        Assert.Equal(float.PositiveInfinity, ScalarFunctions.Exp(float.PositiveInfinity));
        Assert.Equal(1f, ScalarFunctions.Exp(0f));
        // Subnormal results: half a unit of theirs is what rounding costs.
        for (float x = -103.9f; x < -87.4f; x += 0.01f) Assert.InRange(Math.Abs(ScalarFunctions.Exp(x) - Math.Exp(x)), 0, 2 * float.Epsilon);
    }

    static void All<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        foreach (int size in KernelData.Sizes)
        {
            Check<ElementWise.Add, TLanes>(size, (a, b) => a + b);
            Check<ElementWise.AddScaled, TLanes>(size, (a, b) => MathF.FusedMultiplyAdd(Limit, b, a));
            Check<ElementWise.SiluGate, TLanes>(size, ScalarFunctions.SiluGate);
            Check<ElementWise.ClampedSwiGlu, TLanes>(size, (a, b) => ScalarFunctions.ClampedSwiGlu(a, b, Limit));
            Check<ElementWise.GeluTanh, TLanes>(size, (a, _) => ScalarFunctions.GeluTanh(a));
            Check<ElementWise.GeluGate, TLanes>(size, (a, b) => ScalarFunctions.GeluTanh(a) * b);
            Check<ElementWise.Cap, TLanes>(size, (a, _) => ScalarGradients.Cap(a, Limit));
        }
    }

    static void Check<TOperation, TLanes>(int size, Func<float, float, float> reference)
        where TOperation : struct, ElementWise.IBinary where TLanes : struct, ILanes<TLanes>
    {
        float[] a = KernelData.Floats(size, size, 40), b = KernelData.Floats(size + 1, size, 40);
        if (size > 20) (a[3], a[5], a[7], b[9], a[size - 1]) = (-0f, 1e30f, -1e30f, -1e30f, float.PositiveInfinity);
        float[] expected = [.. a.Zip(b, reference)];
        fixed (float* x = a, y = b) ElementWise.Run<TOperation, TLanes>(x, y, x, size, Limit);
        for (int i = 0; i < size; i++)
            if (!(float.IsNaN(expected[i]) && float.IsNaN(a[i])))
                KernelData.SameBits(expected[i], a[i], $"{typeof(TLanes).Name} {typeof(TOperation).Name} of {size}, element {i}");
    }

    static void Exp<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        float* memory = stackalloc float[16];
        float[] special = [float.NegativeInfinity, float.PositiveInfinity, float.NaN, -104f, -103.99999f, 88.72283f, 88.72284f, 89f, 0f, -0f, 1e-38f, -87.33654f];
        for (int i = 0; i < 200_000; i += 16)
        {
            for (int k = 0; k < 16; k++) memory[k] = i == 0 && k < special.Length ? special[k] : -106f + (i + k) * (196f / 200_000);
            float[] x = new Span<float>(memory, 16).ToArray();
            TLanes.Store(Exponential.Exp(TLanes.Load(memory)), memory);
            for (int k = 0; k < 16; k++) KernelData.SameBits(ScalarFunctions.Exp(x[k]), memory[k], $"{typeof(TLanes).Name} exp({x[k]:R})");
        }
    }
}
