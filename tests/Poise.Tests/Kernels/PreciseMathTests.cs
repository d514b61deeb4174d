using Poise.Tensors.Kernels;

namespace Poise.Tests.Kernels;

/// <summary>The double-precision functions against the platform's.</summary>
public class PreciseMathTests(ITestOutputHelper output)
{
    const double Bound = 1e-15;

    [Fact]
    public void Exp()
    {
        double worst = 0;
        for (int i = 0; i <= 200_000; i++)
        {
            double x = -700 + i * 0.007;
            worst = Math.Max(worst, Math.Abs(PreciseMath.Exp(x) / Math.Exp(x) - 1));
        }

        output.WriteLine($"exp: {worst:0.00e+0}");
        Assert.InRange(worst, 0, Bound);
    }

    [Fact]
    public void Log()
    {
        double worst = 0;
        var random = new Random(1);
        for (int i = 0; i <= 200_000; i++)
        {
            double x = i % 2 == 0 ? Math.Exp(random.NextDouble() * 1400 - 700) : 0.5 + random.NextDouble() * 1.5, exact = Math.Log(x);
            worst = Math.Max(worst, Math.Abs(PreciseMath.Log(x) - exact) / Math.Max(Math.Abs(exact), 1e-300));
        }

        output.WriteLine($"log: {worst:0.00e+0}");
        Assert.Equal(0.0, PreciseMath.Log(1));
        Assert.InRange(worst, 0, Bound);
    }

    [Fact]
    public void Power()
    {
        foreach (double b in (double[])[10000, 150000, 500000])
            for (int i = 0; i < 64; i++)
                Assert.InRange(PreciseMath.Power(b, -i / 64.0) / Math.Pow(b, -i / 64.0) - 1, -4e-15, 4e-15);
    }

    [Fact]
    public void SinCos()
    {
        double worst = 0;
        var random = new Random(2);
        for (int i = 0; i < 300_000; i++)
        {
            double x = i < 131_073 ? i : (random.NextDouble() * 2 - 1) * 131_072;
            (double sin, double cos) = PreciseMath.SinCos(x);
            worst = Math.Max(worst, Math.Max(Math.Abs(sin - Math.Sin(x)), Math.Abs(cos - Math.Cos(x))));
        }

        output.WriteLine($"sin, cos: {worst:0.00e+0}");
        Assert.InRange(worst, 0, Bound);
    }
}
