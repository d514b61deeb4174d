using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tests.Conformance;
using Poise.Tests.Support;

namespace Poise.Tests.Engine;

/// <summary>
/// A sequence gives the same tokens and the same bits of every logit alone, in company that comes and goes, after a reused
/// prefix, after others were cancelled, under any chunk size, and when memory is short.
/// </summary>
public class EngineEqualityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Models => ["models/gpt-oss-mxfp4", "models/llama3.1", "models/gpt2", "gguf/quant/gpt-oss-wide-MXFP4_MOE"];

    const int Answer = 24;

    static readonly int[] s_prompts = [1, 31, 32, 33, 70, 140, 200];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task SameBits(string name)
    {
        string folder = Shared.Golden(name.Split('/')), file = Path.Combine(folder, "model.gguf");
        using ModelPackage package = ModelPackage.Open(File.Exists(file) ? file : folder);
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        int[] all = LogitsDigest.Tokens(model.Config, 260);
        int[][] prompts = [.. s_prompts.Where(length => length + Answer < model.Config.ContextLength).Select(length => all[^length..])];
        var expected = new List<EngineRun>();
        foreach (int[] prompt in prompts) expected.Add(await Alone(model, prompt, new EngineOptions { ReusePrefixes = false }));
        Assert.Equal(expected[2].Tokens, Reference(model, prompts[2]));
        Assert.True(expected.Select(run => run.Digest).Distinct().Count() == prompts.Length);

        foreach (int chunk in (int[])[1, 7, 32, 100])
            for (int i = 0; i < prompts.Length; i++)
                Same(expected[i], await Alone(model, prompts[i], new EngineOptions { PromptChunk = chunk }), $"chunks of {chunk}");

        await Company(model, prompts, expected, new EngineOptions { PromptChunkBesideAnswers = 16 }, "company");
        // More rows in a step than a pass takes: windowed groups let go of pages in the middle of it.
        await Company(model, prompts, expected, new EngineOptions { PromptChunkBesideAnswers = 256 }, "several passes");
        await Company(model, prompts, expected, new EngineOptions { MaxSequences = 3, PromptChunk = 40 }, "few places");
        long one = new CacheGroups(model.Config, half: true).MostBytes(s_prompts[^1] + Answer, 64);
        await Company(model, prompts, expected, new EngineOptions { CacheBytes = one * 3 / 2, PromptChunk = 64 }, "short memory");
        await Prefixes(model, prompts, expected);
        output.WriteLine($"{name}: {string.Join(", ", expected.Select(run => run.Logits[..8]))}");
    }

    static async Task<EngineRun> Alone(Model model, int[] prompt, EngineOptions options)
    {
        await using var engine = new InferenceEngine(model, options);
        return await EngineRun.Of(engine, prompt, Answer, (ulong)prompt.Length, TestContext.Current.CancellationToken);
    }

    // What the engine must equal: one sequence, one token at a time, without any of its machinery.
    static string Reference(Model model, int[] prompt)
    {
        using Sequence sequence = model.CreateSequence(prompt.Length + Answer);
        float[] logits = new float[model.Config.VocabularySize];
        var sampler = new SequenceSampler(new GenerationOptions { Temperature = 0.8f, TopP = 0.95f, Seed = (ulong)prompt.Length }, prompt, model.Config.VocabularySize);
        var ids = new List<int>();
        foreach (int id in prompt) model.Forward([new Segment(sequence, new[] { id })], logits);
        while (ids.Count < Answer)
        {
            ids.Add(sampler.Next(logits).Id);
            model.Forward([new Segment(sequence, new[] { ids[^1] })], logits);
        }

        return string.Join(' ', ids);
    }

    // All at once, in two rounds (the second finds prefixes), beside sequences that are cancelled on the way.
    static async Task Company(Model model, int[][] prompts, List<EngineRun> expected, EngineOptions options, string how)
    {
        await using var engine = new InferenceEngine(model, options);
        for (int round = 0; round < 2; round++)
        {
            var runs = new List<Task<EngineRun>>();
            var others = new List<Task>();
            for (int i = 0; i < prompts.Length; i++)
            {
                others.Add(Cancelled(engine, prompts[i], 1 + 3 * i));
                runs.Add(EngineRun.Of(engine, prompts[i], Answer, (ulong)prompts[i].Length, TestContext.Current.CancellationToken));
                others.Add(Cancelled(engine, prompts[^(i + 1)], 2 * i));
            }

            EngineRun[] got = await Task.WhenAll(runs);
            await Task.WhenAll(others);
            for (int i = 0; i < got.Length; i++) Same(expected[i], got[i], $"{how}, round {round}");
        }

        Assert.True(engine.Status.CacheBytes <= engine.Options.CacheBytes);
    }

    static async Task Prefixes(Model model, int[][] prompts, List<EngineRun> expected)
    {
        await using var engine = new InferenceEngine(model, new EngineOptions { PromptChunk = 50 });
        for (int i = 0; i < prompts.Length; i++)
        {
            for (int round = 0; round < 2; round++)
            {
                EngineRun run = await EngineRun.Of(engine, prompts[i], Answer, (ulong)prompts[i].Length, TestContext.Current.CancellationToken);
                Same(expected[i], run, $"reused {run.Statistics.ReusedTokens}");
                Assert.Equal(round == 0 ? 0 : (prompts[i].Length - 1) / 32 * 32, run.Statistics.ReusedTokens);
            }
        }

        // The next turn of a conversation begins with prompt and answer; a branch with half of the prompt.
        int[] longest = prompts[^1];
        int half = Math.Max(32, longest.Length / 64 * 32);
        int[] turn = [.. longest, .. expected[^1].Tokens.Split(' ').Select(int.Parse), 1, 2, 3], branch = [.. longest[..half], .. longest[..10]];
        foreach ((int[] prompt, int reused) in ((int[], int)[])[(turn, (longest.Length + Answer - 1) / 32 * 32), (branch, half)])
        {
            EngineRun alone = await Alone(model, prompt, new EngineOptions { ReusePrefixes = false });
            EngineRun run = await EngineRun.Of(engine, prompt, Answer, (ulong)prompt.Length, TestContext.Current.CancellationToken);
            Same(alone, run, "next turn");
            Assert.Equal(reused, run.Statistics.ReusedTokens);
        }
    }

    static async Task Cancelled(InferenceEngine engine, int[] prompt, int after)
    {
        var request = new GenerationRequest { Prompt = prompt, Options = new GenerationOptions { MaxTokens = Answer, Temperature = 1, Seed = 99 } };
        if (after == 0)
        {
            await engine.Start(request).DisposeAsync();
            return;
        }

        await foreach (TokenChoice _ in engine.GenerateAsync(request))
            if (--after == 0) break;
    }

    static void Same(EngineRun expected, EngineRun actual, string how) => Assert.True(expected.Digest == actual.Digest, $"{how}: {expected.Digest} became {actual.Digest}");
}
