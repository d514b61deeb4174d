using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Conformance;
using Poise.Tests.Support;

namespace Poise.Tests.Engine;

/// <summary>Drafts change nothing but the time: every answer with them is the answer without them, to the bit.</summary>
public class SpeculationTests(ITestOutputHelper output)
{
    const int Answer = 60;

    static readonly EngineOptions s_off = new() { DraftTokens = 0, ReusePrefixes = false };

    public static TheoryData<string> Models => EngineEqualityTests.Models;

    [Theory]
    [MemberData(nameof(Models))]
    public async Task SameBits(string name)
    {
        using ModelPackage package = Open(name);
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        List<GenerationRequest> requests = Requests(model.Config);
        var expected = new List<EngineRun>();
        foreach (GenerationRequest request in requests)
        {
            EngineRun run = await Alone(model, request, s_off);
            Assert.Equal((0, 0), (run.Statistics.DraftedTokens, run.Statistics.AcceptedTokens));
            expected.Add(run);
        }

        int drafted = 0, accepted = 0;
        foreach (EngineOptions options in (EngineOptions[])[new() { DraftTokens = 1 }, new() { DraftTokens = 4, PromptChunk = 3 }, new() { DraftTokens = 7 }, new() { DraftTokens = 16, ReusePrefixes = false }])
        {
            for (int i = 0; i < requests.Count; i++)
            {
                EngineRun run = await Alone(model, requests[i], options);
                Same(expected[i], run, $"alone, request {i}, {options.DraftTokens}");
                drafted += run.Statistics.DraftedTokens;
                accepted += run.Statistics.AcceptedTokens;
            }
        }

        // Both kinds were met: what came, and what was taken back.
        Assert.True(accepted > 100 && drafted > accepted + 20, $"{accepted} of {drafted} accepted");
        output.WriteLine($"{name}: {accepted} of {drafted} accepted alone");

        await Company(model, requests, expected, new EngineOptions { DraftTokens = 7 });
        await Company(model, requests, expected, new EngineOptions { DraftTokens = 16, MaxSequences = 3, PromptChunk = 40 });
        int longest = Math.Min(model.Config.ContextLength, requests.Max(request => request.Prompt.Length) + Answer);
        long one = new CacheGroups(model.Config, half: true).MostBytes(longest, 64);
        await Company(model, requests, expected, new EngineOptions { DraftTokens = 7, CacheBytes = one * 5 / 4, PromptChunk = 64 });
    }

    // All at once, twice, the second time after known prefixes, beside others that are cancelled.
    async Task Company(Model model, List<GenerationRequest> requests, List<EngineRun> expected, EngineOptions options)
    {
        await using var engine = new InferenceEngine(model, options);
        int accepted = 0;
        for (int round = 0; round < 2; round++)
        {
            var runs = new List<Task<EngineRun>>();
            var others = new List<Task>();
            for (int i = 0; i < requests.Count; i++)
            {
                runs.Add(EngineRun.Of(engine, requests[i], TestContext.Current.CancellationToken));
                others.Add(Cancelled(engine, requests[^(i + 1)], 1 + 3 * i));
            }

            EngineRun[] got = await Task.WhenAll(runs);
            await Task.WhenAll(others);
            for (int i = 0; i < got.Length; i++) Same(expected[i], got[i], $"company, request {i}, round {round}");
            accepted += got.Sum(run => run.Statistics.AcceptedTokens);
        }

        Assert.True(accepted > 0);
        Assert.True(engine.Status.CacheBytes <= engine.Options.CacheBytes);
        engine.ClearPrefixes();
        for (int i = 0; i < 200 && engine.Status is not { Running: 0, PrefixPages: 0 }; i++) await Task.Delay(10);
        Assert.Equal(engine.Status.Pages, engine.Status.FreePages);
        output.WriteLine($"{accepted} accepted in company of {options.MaxSequences}");
    }

    /// <summary>Wherever an answer ends, by its limit, the context or a stop token, nothing of a draft comes after it.</summary>
    [Theory]
    [InlineData("models/llama3.1")]
    [InlineData("models/gpt-oss-mxfp4")]
    public async Task EndsInsideDrafts(string name)
    {
        using ModelPackage package = Open(name);
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        await using var off = new InferenceEngine(model, s_off);
        await using var on = new InferenceEngine(model, new EngineOptions { DraftTokens = 7 });
        GenerationRequest loop = Request(LogitsDigest.Tokens(model.Config, 40), new GenerationOptions { Mask = () => new LoopMask([7, 8, 9, 11, 12], 13), Seed = 4, Temperature = 1 });
        int accepted = 0;
        for (int most = 1; most <= 40; most++)
        {
            accepted += await Equal(loop with { Options = loop.Options with { MaxTokens = most } }, FinishReason.MaxTokens, on);
            await using var full = new InferenceEngine(model, new EngineOptions { DraftTokens = 7, ContextLength = 40 + most });
            await using var fullOff = new InferenceEngine(model, s_off with { ContextLength = 40 + most });
            EngineRun run = await EngineRun.Of(full, loop), without = await EngineRun.Of(fullOff, loop);
            Same(without, run, $"context of {40 + most}");
            Assert.Equal((FinishReason.ContextFull, most), (run.Finish, run.Statistics.GeneratedTokens));
        }

        Assert.True(accepted > 100, $"{accepted}");

        // 20 and 21 come once each, inside a loop that is being drafted, or in place of its tokens.
        accepted = 0;
        for (int at = 1; at < 36; at += 3)
        {
            int place = at;
            GenerationOptions options = loop.Options with { MaxTokens = Answer, Mask = () => new LoopMask([.. Enumerable.Range(0, place).Select(i => 7 + i % 3), 20, .. Enumerable.Range(0, Answer).Select(i => 7 + i % 3)], 0) };
            accepted += await Equal(loop with { Options = options, StopIds = [20] }, FinishReason.Stop, on);
        }

        // A stop token that the prompt holds where the draft comes from.
        GenerationRequest known = Request([1, 2, 3, 4, 5, 6, 20, 7, 8, 1, 2], loop.Options with { Mask = () => new LoopMask([3, 4, 5, 6, 20, 7, 8, 1, 2], 0) }) with { StopIds = [20] };
        accepted += await Equal(known, FinishReason.Stop, on);
        Assert.True(accepted > 30, $"{accepted}");

        async Task<int> Equal(GenerationRequest request, FinishReason finish, InferenceEngine engine)
        {
            EngineRun without = await EngineRun.Of(off, request), run = await EngineRun.Of(engine, request);
            Same(without, run, $"{request.Options.MaxTokens} tokens, {finish}");
            Assert.Equal(finish, run.Finish);
            return run.Statistics.AcceptedTokens;
        }
    }

    /// <summary>Only tokens that came are known as a prefix, and all of them are.</summary>
    [Fact]
    public async Task PrefixesHoldWhatCame()
    {
        using ModelPackage package = Open("models/gpt-oss-mxfp4");
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        await using var on = new InferenceEngine(model, new EngineOptions { DraftTokens = 7 });
        int accepted = 0;
        for (int answer = 20; answer < 60; answer += 3)
        {
            int[] prompt = LogitsDigest.Tokens(model.Config, 50 + answer);
            GenerationRequest first = Request(prompt, new GenerationOptions { Mask = () => new LoopMask([7, 8, 9, 11, 12], 11), MaxTokens = answer, Temperature = 1, Seed = 3 });
            EngineRun run = await EngineRun.Of(on, first);
            accepted += run.Statistics.AcceptedTokens;
            int[] turn = [.. prompt, .. run.Tokens.Split(' ').Select(int.Parse), 1, 2, 3];
            GenerationRequest second = Request(turn, new GenerationOptions { MaxTokens = 20 });
            EngineRun next = await EngineRun.Of(on, second);
            Assert.Equal((prompt.Length + answer - 1) / 32 * 32, next.Statistics.ReusedTokens);
            Same(await Alone(model, second, s_off), next, "next turn");
        }

        Assert.True(accepted > 100, $"{accepted}");
    }

    /// <summary>Cancelled while a draft is being taken: the token of that moment is the last.</summary>
    [Fact]
    public async Task CancellingEndsADraft()
    {
        using ModelPackage package = Open("models/llama3.1");
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        await using var engine = new InferenceEngine(model, new EngineOptions { DraftTokens = 7, ReusePrefixes = false });
        int accepted = 0;
        for (int at = 1; at < 60; at++)
        {
            int seen = 0;
            using var source = new CancellationTokenSource();
            GenerationRequest request = Request([1, 2, 3], new GenerationOptions { Mask = () => new LoopMask([7, 8, 9], 0), MaxTokens = 1000 });
            EngineSequence sequence = engine.Start(request with { Logits = _ => { if (++seen == at) source.Cancel(); } }, source.Token);
            await sequence.Ended;
            Assert.Equal((FinishReason.Cancelled, at, at), (sequence.Finish, seen, sequence.Statistics.GeneratedTokens));
            accepted += sequence.Statistics.AcceptedTokens;
        }

        Assert.True(accepted > 500, $"{accepted}");
        Assert.Equal(engine.Status.Pages, engine.Status.FreePages);
    }

    [Fact]
    public async Task AFailureInsideADraftHarmsNobodyElse()
    {
        using ModelPackage package = Open("models/llama3.1");
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        await using var engine = new InferenceEngine(model, new EngineOptions { DraftTokens = 7 });
        GenerationRequest request = Request([1, 2, 3], new GenerationOptions { Mask = () => new LoopMask([7, 8, 9], 17), MaxTokens = 80, Temperature = 1 });
        EngineRun expected = await Alone(model, request, s_off);
        for (int at = 20; at < 30; at++)
        {
            int seen = 0, last = at;
            // The failing one is the first in the batch: the rows of the other come after its draft.
            EngineSequence broken = engine.Start(request with { Logits = _ => { if (++seen == last) throw new PoiseException("observer"); } });
            Task<EngineRun> healthy = EngineRun.Of(engine, request);
            await broken.Ended;
            Assert.Equal((FinishReason.Failed, at - 1), (broken.Finish, broken.Statistics.GeneratedTokens));
            Same(expected, await healthy, "beside a failure");
        }
    }

    [Fact]
    public void TheOptionHasARange()
    {
        using ModelPackage package = Open("models/llama3.1");
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        foreach (int wrong in (int[])[-1, 17])
            Assert.Contains("DraftTokens", Assert.Throws<PoiseException>(() => new InferenceEngine(model, new EngineOptions { DraftTokens = wrong })).Message, StringComparison.Ordinal);
    }

    // Repeating and random prompts; greedy, sampled, penalised and masked; few words so that much repeats, and all words.
    static List<GenerationRequest> Requests(ModelConfig config)
    {
        int longest = Math.Min(90, config.ContextLength / 2);
        int[] random = LogitsDigest.Tokens(config, longest), repeating = [.. Enumerable.Range(0, longest * 3 / 4).Select(i => random[i % 9])];
        Dictionary<int, double> few = new() { [random[0]] = 90, [random[1]] = 90, [random[2]] = 90, [random[3]] = 90 };
        GenerationOptions greedy = new() { MaxTokens = Answer };
        return
        [
            Request(random, greedy),
            Request(repeating, greedy with { TopLogProbs = 3 }),
            Request(random[..32], greedy with { LogitBias = few }),
            Request(repeating, greedy with { Temperature = 0.8, TopP = 0.95, Seed = 5 }),
            Request(random[..31], greedy with { Temperature = 1.5, Seed = 6, LogitBias = few }),
            Request(repeating, greedy with { RepetitionPenalty = 1.3, PenaltyWindow = 7, FrequencyPenalty = 0.4, PresencePenalty = 0.2, LogitBias = few, TopLogProbs = 2 }),
            Request(repeating, greedy with { Mask = () => new LoopMask(random[..9], 7), Temperature = 1, Seed = 8 }),
            Request(random[..1], greedy with { Mask = () => new LoopMask(random[..4], 0) }),
            Request(random[..(longest * 2 / 3)], greedy with { Mask = () => new LoopMask(random[..20], 5), Temperature = 2, Seed = 9, FrequencyPenalty = 0.1 }),
        ];
    }

    static GenerationRequest Request(int[] prompt, GenerationOptions options) => new() { Prompt = prompt, Options = options };

    static ModelPackage Open(string name)
    {
        string folder = Shared.Golden(name.Split('/')), file = Path.Combine(folder, "model.gguf");
        return ModelPackage.Open(File.Exists(file) ? file : folder);
    }

    static async Task<EngineRun> Alone(Model model, GenerationRequest request, EngineOptions options)
    {
        await using var engine = new InferenceEngine(model, options);
        return await EngineRun.Of(engine, request, TestContext.Current.CancellationToken);
    }

    static async Task Cancelled(InferenceEngine engine, GenerationRequest request, int after)
    {
        await foreach (TokenChoice _ in engine.GenerateAsync(request))
            if (--after == 0) break;
    }

    static void Same(EngineRun expected, EngineRun actual, string how) => Assert.True(expected.Digest == actual.Digest, $"{how}: {expected.Digest} became {actual.Digest}");
}
