using System.Diagnostics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Poise.Core.Generation;

namespace Poise.Tests.Generation;

/// <summary>Time for one token of the largest vocabulary that Poise runs, printed; the bounds leave room for a busy machine.</summary>
public sealed class SamplerSpeedTests(ITestOutputHelper output)
{
    const int Vocabulary = 201_088;

    [Fact]
    public void ATokenTakesLittleTime()
    {
        Assert.SkipUnless(Fma.IsSupported || AdvSimd.IsSupported, "this machine has no fused multiply-add; it is computed in software then, at a tenth of the speed");
        float[] logits = SampleLogits.Next(new Random(1), Vocabulary, SampleLogits.Shape.Normal);
        var plain = new GenerationOptions { Temperature = 1 };
        var bits = new AlternateMask();
        (string Name, GenerationOptions Options, double Milliseconds)[] cases =
        [
            ("greedy", new(), 0.3),
            ("temperature", plain, 3),
            ("top-k 40", plain with { TopK = 40 }, 3),
            ("top-p 0.95", plain with { TopP = 0.95 }, 3),
            ("min-p 0.05", plain with { MinP = 0.05 }, 3),
            ("top-k 100,000, top-p 0.95, min-p 0.001", plain with { TopK = 100_000, TopP = 0.95, MinP = 0.001 }, 3),
            ("greedy, penalties", new() { RepetitionPenalty = 1.1, FrequencyPenalty = 0.5 }, 1),
            ("greedy, mask", new() { Mask = () => bits }, 1),
            ("greedy, 20 log-probabilities", new() { TopLogProbs = 20 }, 3),
        ];
        foreach ((string name, GenerationOptions options, double bound) in cases)
        {
            var sampler = new SequenceSampler(options, [1, 2, 3], Vocabulary);
            double best = double.MaxValue;
            for (int round = 0; round < 200; round++)
            {
                long started = Stopwatch.GetTimestamp();
                sampler.Next(logits);
                best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            output.WriteLine($"{name}: {best:0.000} ms");
            Assert.True(best < bound * 3, $"{name}: {best:0.000} ms");
        }
    }

    [Fact]
    public void ATokenAllocatesNextToNothing()
    {
        float[] logits = SampleLogits.Next(new Random(1), Vocabulary, SampleLogits.Shape.Normal);
        var sampler = new SequenceSampler(new GenerationOptions { Temperature = 1, TopP = 0.9, TopK = 1000, RepetitionPenalty = 1.1 }, [1], Vocabulary);
        for (int n = 0; n < 50; n++) sampler.Next(logits);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int n = 0; n < 50; n++) sampler.Next(logits);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 50;
        output.WriteLine($"{each} bytes a token");
        Assert.InRange(each, 0, 1000);
    }

    sealed class AlternateMask : ITokenMask
    {
        public bool TryFill(Span<ulong> allowed)
        {
            allowed.Fill(0x5555_5555_5555_5555);
            return true;
        }

        public void Accept(int id) => Assert.Equal(0, id % 2);
    }
}
