using Poise.Cli.Measuring;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tests.Support;

namespace Poise.Tests.Measuring;

/// <summary>What is timed is what the row says: whole batches, at any depth, with windowed layers too.</summary>
public sealed class MeasuringEngineTests
{
    [Theory]
    [InlineData(false, 1, 0, 1)]
    [InlineData(false, 300, 0, 3)]
    [InlineData(true, 1, 0, 1)]
    [InlineData(true, 5, 0, 9)]
    [InlineData(true, 3, 31, 8)]
    [InlineData(true, 3, 700, 5)]
    [InlineData(true, 40, 63, 17)]
    public async Task EveryRoundRunsAllSequencesTogether(bool decode, int tokens, int depth, int batch)
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "gpt-oss-mxfp4"));
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var measurement = new Measurement(decode, tokens, depth, batch);
        await using var engine = new MeasuringEngine(model, measurement, RandomPrompts.For(package, 1));
        long read = 0;
        Assert.Equal(depth > 0, engine.NeedsFilling);
        if (engine.NeedsFilling) await engine.FillAsync(done => read = done, cancellation);
        Assert.Equal(depth > 0 ? batch * (depth + 1) : 0, read);
        for (int round = 0; round < 3; round++)
        {
            StepClock clock = await engine.RunAsync(cancellation);
            Assert.True(clock.IsDone);
            Assert.True(clock.Prompts > TimeSpan.Zero);
            Assert.Equal(decode, clock.Steps > TimeSpan.Zero);
        }
    }

    [Fact]
    public async Task ACancelledRoundSaysSo()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "gpt-oss-mxfp4"));
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        await using var engine = new MeasuringEngine(model, new Measurement(true, 4000, 0, 2), RandomPrompts.For(package, 1));
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<StepClock> round = engine.RunAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round);
    }

    [Fact]
    public void TheClockStartsWithTheLastPromptAndStopsAfterAllTokens()
    {
        int done = 0;
        var clock = new StepClock(2, 2, () => done++);
        int[] order = [0, 0, 0, 1, 0, 1, 0];
        foreach (int sequence in order)
        {
            clock.Computed(sequence);
            Assert.False(clock.IsDone);
        }
        clock.Computed(1);
        Assert.True(clock.IsDone);
        clock.Computed(0);
        Assert.Equal(1, done);
    }

    [Fact]
    public void PromptsAreSeededAndHoldNoSpecialToken()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "gpt-oss-mxfp4"));
        int[] first = RandomPrompts.For(package, 5).Next(2000);
        RandomPrompts again = RandomPrompts.For(package, 5);
        Assert.Equal(first, again.Next(2000));
        Assert.NotEqual(first, again.Next(2000));
        Assert.NotEqual(first, RandomPrompts.For(package, 6).Next(2000));
        Assert.All(first, id => Assert.InRange(id, 0, package.Config.VocabularySize - 1));
        Assert.DoesNotContain(first, package.Tokenizer.IsSpecial);
        Assert.True(first.Distinct().Count() > 100);
    }

    [Fact]
    public void BytesOfATokenAreThoseOfItsExperts()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "gpt-oss-mxfp4"));
        long experts = package.Checkpoint.Tensors.Where(t => t.Name.Contains(".experts.", StringComparison.Ordinal)).Sum(t => t.ByteLength);
        long embedding = package.Checkpoint.Get("model.embed_tokens.weight").ByteLength;
        long expected = package.WeightBytes - embedding - experts + experts / package.Config.Experts * package.Config.ActiveExperts;
        Assert.Equal(expected, package.ActiveBytes(new LoadOptions { Placement = WeightPlacement.Mapped }));
    }
}
