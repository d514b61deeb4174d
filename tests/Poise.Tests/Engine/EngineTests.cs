using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Conformance;
using Poise.Tests.Support;

namespace Poise.Tests.Engine;

/// <summary>What an engine promises besides its bits: refusals, order, cancellation, company of other engines, and its end.</summary>
public sealed class EngineTests : IDisposable
{
    readonly ModelPackage _package = ModelPackage.Open(Shared.Golden("models", "llama3.1"));
    readonly Model _model;

    public EngineTests() => _model = _package.Load(new LoadOptions { Threads = 1 });

    public void Dispose()
    {
        _model.Dispose();
        _package.Dispose();
    }

    [Fact]
    public async Task RefusesWhatCanNeverRun()
    {
        await using var engine = new InferenceEngine(_model, new EngineOptions { ContextLength = 100, CacheBytes = 1 << 20 });
        Refused("empty", []);
        Refused("100 tokens, and the context holds 100", new int[100]);
        Refused("not one of this model's tokens", [1, 512]);
        await using var small = new InferenceEngine(_model, new EngineOptions { CacheBytes = 200_000, ContextLength = 6000 });
        Assert.Contains("KV cache", Assert.Throws<PoiseException>(() => small.Start(Request([1], 5000))).Message, StringComparison.Ordinal);
        foreach (EngineOptions wrong in (EngineOptions[])[new() { CacheBytes = -1 }, new() { CacheBytes = 100 }, new() { MaxSequences = 0 }, new() { PromptChunk = 1025 }, new() { ContextLength = 1 << 30 }])
            Assert.Contains("The engine's option", Assert.Throws<PoiseException>(() => new InferenceEngine(_model, wrong)).Message, StringComparison.Ordinal);

        void Refused(string part, int[] prompt) => Assert.Contains(part, Assert.Throws<PoiseException>(() => engine.Start(Request(prompt, 5))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndsForItsReason()
    {
        await using var engine = new InferenceEngine(_model, new EngineOptions { ContextLength = 50 });
        EngineSequence most = engine.Start(Request([1, 2, 3], 5)), full = engine.Start(Request([1, 2, 3], 500));
        Assert.Equal(5, await Count(most));
        Assert.Equal(47, await Count(full));
        Assert.Equal((FinishReason.MaxTokens, FinishReason.ContextFull), (most.Finish, full.Finish));
        int first = (await Tokens(engine.Start(Request([1, 2, 3], 5))))[2];
        EngineSequence stopped = engine.Start(Request([1, 2, 3], 500) with { StopIds = [first] });
        Assert.Equal(first, (await Tokens(stopped))[^1]);
        Assert.Equal(FinishReason.Stop, stopped.Finish);
    }

    [Fact]
    public async Task CancellingFreesAtOnce()
    {
        await using var engine = new InferenceEngine(_model, new EngineOptions { ReusePrefixes = false });
        EngineSequence sequence = engine.Start(Request(LogitsDigest.Tokens(_model.Config, 300), 10_000));
        int got = 0;
        await foreach (TokenChoice _ in sequence)
            if (++got == 3) break;
        Assert.Equal(FinishReason.Cancelled, sequence.Finish);
        await Settled(engine);
        Assert.Equal(engine.Status.Pages, engine.Status.FreePages);

        // Before the first token, and while it still waits.
        await using var one = new InferenceEngine(_model, new EngineOptions { MaxSequences = 1 });
        EngineSequence running = one.Start(Request([1, 2], 10_000)), waiting = one.Start(Request([3], 10_000));
        await waiting.DisposeAsync();
        Assert.Equal((FinishReason.Cancelled, 0), (waiting.Finish, waiting.Statistics.GeneratedTokens));
        Assert.Null(running.Finish);
        await running.DisposeAsync();
    }

    /// <summary>A pass that is given up half-way leaves the sequence as it was: the same tokens again give the same bits.</summary>
    [Fact]
    public void AnAbandonedPassLeavesNoTrace()
    {
        int[] prompt = LogitsDigest.Tokens(_model.Config, 100);
        float[] expected = new float[_model.Config.VocabularySize], actual = new float[expected.Length];
        using Sequence whole = _model.CreateSequence(100), cut = _model.CreateSequence(100);
        _model.Forward([new Segment(whole, prompt)], expected);
        _model.Forward([new Segment(cut, prompt.AsMemory(0, 40))], actual);
        int asked = 0;
        Assert.Throws<OperationCanceledException>(() => _model.Forward([new Segment(cut, prompt.AsMemory(40))], actual, abandon: () => ++asked == 2));
        Assert.Equal(40, cut.Length);
        _model.Forward([new Segment(cut, prompt.AsMemory(40))], actual);
        Assert.Equal(LogitsDigest.Of(expected), LogitsDigest.Of(actual));
    }

    [Fact]
    public async Task AFailingRequestHarmsNobodyElse()
    {
        await using var engine = new InferenceEngine(_model);
        Task<string> healthy = Digest(engine, 7);
        EngineSequence broken = engine.Start(Request([5, 6], 50) with { Logits = _ => throw new PoiseException("observer") });
        Assert.Equal("observer", (await Assert.ThrowsAsync<PoiseException>(() => Count(broken))).Message);
        Assert.Equal(FinishReason.Failed, broken.Finish);
        await using var alone = new InferenceEngine(_model);
        Assert.Equal(await Digest(alone, 7), await healthy);
    }

    /// <summary>No state outside an engine: two models side by side give what each gives alone.</summary>
    [Fact]
    public async Task TwoEnginesInOneProcess()
    {
        using ModelPackage other = ModelPackage.Open(Shared.Golden("models", "gpt-oss-mxfp4"));
        using Model second = other.Load(new LoadOptions { Threads = 2 });
        string[] alone = new string[2];
        await using (var engine = new InferenceEngine(_model)) alone[0] = await Digest(engine, 1);
        await using (var engine = new InferenceEngine(second)) alone[1] = await Digest(engine, 1);
        await using InferenceEngine a = new(_model), b = new(second);
        for (int round = 0; round < 3; round++) Assert.Equal(alone, await Task.WhenAll(Digest(a, 1), Digest(b, 1)));
        Assert.NotEqual(alone[0], alone[1]);
    }

    [Fact]
    public async Task CompletesOrCancelsWhatRuns()
    {
        var finishing = new InferenceEngine(_model);
        EngineSequence last = finishing.Start(Request([1, 2, 3], 200));
        await finishing.CompleteAsync();
        Assert.Equal(FinishReason.MaxTokens, last.Finish);
        Assert.Equal(200, await Count(last));
        Assert.Throws<ObjectDisposedException>(() => finishing.Start(Request([1], 1)));

        var cancelling = new InferenceEngine(_model);
        EngineSequence cut = cancelling.Start(Request([1, 2, 3], 100_000));
        await cancelling.DisposeAsync();
        Assert.Equal(FinishReason.Cancelled, cut.Finish);
        Assert.True(await Count(cut) < 100_000);
        await cancelling.DisposeAsync();
        await cut.DisposeAsync();
    }

    /// <summary>A long prompt enters in small steps while another sequence writes, so that the other goes on.</summary>
    [Fact]
    public async Task LongPromptsDoNotStallAnswers()
    {
        await using var engine = new InferenceEngine(_model, new EngineOptions { PromptChunkBesideAnswers = 8 });
        var order = new List<string>();
        EngineSequence writing = engine.Start(Request([1], 400) with { Logits = _ => order.Add("answer") });
        await foreach (TokenChoice _ in writing)
        {
            EngineSequence reading = engine.Start(Request(LogitsDigest.Tokens(_model.Config, 200), 1) with { PromptProgress = n => order.Add($"{n}") });
            await Count(reading);
            break;
        }

        int first = order.FindIndex(entry => entry != "answer"), last = order.FindLastIndex(entry => entry == "200");
        Assert.True(order[first..last].Count(entry => entry == "answer") >= 20, string.Join(' ', order));
    }

    static async Task<string> Digest(InferenceEngine engine, ulong seed) => (await EngineRun.Of(engine, [3, 1, 4, 1, 5], 40, seed, TestContext.Current.CancellationToken)).Digest;

    static async Task Settled(InferenceEngine engine)
    {
        for (int i = 0; i < 200 && engine.Status.Running > 0; i++) await Task.Delay(10);
    }

    static GenerationRequest Request(int[] prompt, int tokens) => new() { Prompt = prompt, Options = new GenerationOptions { MaxTokens = tokens } };

    static async Task<int> Count(EngineSequence sequence) => (await Tokens(sequence)).Count;

    static async Task<List<int>> Tokens(EngineSequence sequence)
    {
        var ids = new List<int>();
        await foreach (TokenChoice choice in sequence) ids.Add(choice.Id);
        return ids;
    }
}
