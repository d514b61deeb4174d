using System.Security.Cryptography;
using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tests.Generation;

namespace Poise.Tests.Kernels;

/// <summary>The passes over whole vocabularies, at ragged sizes, against plain loops.</summary>
public sealed class LogitKernelTests(ITestOutputHelper output)
{
    [Fact]
    public void TheScanFindsTheFirstOfTheLargest()
    {
        var random = new Random(1);
        for (int n = 0; n < 5000; n++)
        {
            float[] logits = SampleLogits.Next(random, random.Next(1, 70));
            float largest = logits.Max();
            int expected = float.IsNegativeInfinity(largest) ? -1 : logits.AsSpan().IndexOf(largest);
            Assert.Equal((expected, false), LogitScan.Largest(logits));
            int broken = random.Next(logits.Length);
            for (int i = broken; i < logits.Length; i++)
                if (i == broken || random.Next(3) == 0) logits[i] = random.Next(2) == 0 ? float.NaN : -float.NaN;
            Assert.Equal((broken, true), LogitScan.Largest(logits));
        }

        Assert.Equal((-1, false), LogitScan.Largest([]));
        Assert.Equal((-1, false), LogitScan.Largest([.. Enumerable.Repeat(float.NegativeInfinity, 19)]));
        Assert.Equal((17, false), LogitScan.Largest([.. Enumerable.Repeat(1f, 17), float.PositiveInfinity]));
    }

    [Fact]
    public void TheExponentialIsThePlatforms()
    {
        double worst = 0;
        for (int i = 0; i <= 200_000; i++)
        {
            double z = -700 + i * 0.0035;
            worst = Math.Max(worst, Math.Abs(ExponentialWeights.Exp(z) / Math.Exp(z) - 1));
        }

        output.WriteLine($"exp: {worst:0.00e+0}");
        Assert.InRange(worst, 0, 1e-15);
        Assert.Equal(1.0, ExponentialWeights.Exp(0));
        Assert.InRange(ExponentialWeights.Exp(double.NegativeInfinity), 0, 1e-300);
    }

    [Fact]
    public void WeightsAndSumsAreThoseOfTheScalarAtEveryLength()
    {
        var random = new Random(2);
        for (int size = 1; size < 70; size++)
            foreach (SampleLogits.Shape shape in Enum.GetValues<SampleLogits.Shape>())
            {
                float[] logits = SampleLogits.Next(random, size, shape);
                float largest = logits.Max();
                double temperature = random.Next(3) == 0 ? 1e-310 : random.NextDouble() * 2 + 1e-9;
                ulong[] weights = new ulong[size + 1];
                weights[size] = 42;
                ExponentialWeights.Fill(logits, largest, temperature, weights);
                for (int i = 0; i < size; i++)
                {
                    double z = ((double)logits[i] - largest) / temperature;
                    double scaled = z < -100 ? 0 : Math.ScaleB(ExponentialWeights.Exp(z), 41);
                    Assert.Equal((ulong)Math.Round(scaled, MidpointRounding.ToEven), weights[i]);
                    if (logits[i] == largest) Assert.Equal(ExponentialWeights.One, weights[i]);
                }

                Assert.Equal(42UL, weights[size]);
                double[] lanes = new double[8];
                for (int i = 0; i < size; i++) lanes[i % 8] += ExponentialWeights.Exp((double)logits[i] - largest);
                for (int half = 4; half > 0; half /= 2)
                    for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
                Assert.Equal(lanes[0], ExponentialWeights.Sum(logits, largest));
            }
    }

    [Fact]
    public void TheBitsAreTheSameOnEveryMachine()
    {
        // Whole 4096ths, so that no platform function has a part in the input. The digest was taken with AVX-512 and is the same without any instruction set.
        float[] logits = [.. Enumerable.Range(0, 10_003).Select(i => (int)(Philox.Generate(1, 2, (ulong)i).X0 >> 14) / -4096f)];
        ulong[] weights = new ulong[logits.Length];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (double temperature in (double[])[0.3, 1, 1.7])
        {
            ExponentialWeights.Fill(logits, 0, temperature, weights);
            foreach (ulong weight in weights) hash.AppendData(BitConverter.GetBytes(weight));
        }

        hash.AppendData(BitConverter.GetBytes(ExponentialWeights.Sum(logits, 0)));
        hash.AppendData(BitConverter.GetBytes(PreciseMath.Log(ExponentialWeights.Sum(logits, 0))));
        Assert.Equal("19AC7D37F814BC72", Convert.ToHexString(hash.GetHashAndReset())[..16]);
    }

    [Fact]
    public void WeightsOfTheLargestVocabularyAddUp() => Assert.True(checked(ExponentialWeights.One * (1UL << 22)) > 0);
}
