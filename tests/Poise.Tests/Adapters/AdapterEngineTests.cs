using Poise.Core.Adapters;
using Poise.Core.Engine;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tests.Conformance;
using Poise.Tests.Engine;

namespace Poise.Tests.Adapters;

/// <summary>Sequences with different adapters in one engine: each answers as alone, and none begins with another's prefix.</summary>
public class AdapterEngineTests
{
    [Fact]
    public async Task SequencesWithDifferentAdaptersShareAnEngineButNoPrefix()
    {
        using ModelPackage package = ModelPackage.Open(Path.Combine(GoldenAdapters.Own, "bases", "llama"));
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        using LoadedAdapter a = AdapterFile.Load(Path.Combine(GoldenAdapters.Own, "llama-two-adapters", "a"), package, model);
        using LoadedAdapter b = AdapterFile.Load(Path.Combine(GoldenAdapters.Own, "llama-two-adapters", "b"), package, model);
        int[] prompt = LogitsDigest.Tokens(model.Config, 100);
        LoadedAdapter?[] adapters = [null, a, b];
        var alone = new List<EngineRun>();
        foreach (LoadedAdapter? adapter in adapters)
        {
            await using var engine = new InferenceEngine(model, new EngineOptions { ReusePrefixes = false });
            alone.Add(await Run(engine, prompt, adapter));
        }

        Assert.Equal(3, alone.Select(run => run.Logits).Distinct().Count());
        await using var shared = new InferenceEngine(model);
        EngineRun[] first = await Task.WhenAll(adapters.Select(adapter => Run(shared, prompt, adapter)));
        foreach (int i in (int[])[0, 1, 2])
        {
            Assert.Equal(alone[i].Digest, first[i].Digest);
            EngineRun again = await Run(shared, prompt, adapters[i]);
            Assert.Equal(alone[i].Digest, again.Digest);
            // Its own prefix, computed before with the same adapter.
            Assert.True(again.Statistics.ReusedTokens > 0);
        }

        shared.ClearPrefixes();
        Assert.Equal(0, (await Run(shared, prompt, a)).Statistics.ReusedTokens);
        Assert.Equal(0, (await Run(shared, prompt, b)).Statistics.ReusedTokens);
    }

    [Fact]
    public async Task AnEnginesOwnAdapterActsUnlessARequestWantsTheBase()
    {
        using ModelPackage package = ModelPackage.Open(Path.Combine(GoldenAdapters.Own, "bases", "llama"));
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        using LoadedAdapter a = AdapterFile.Load(Path.Combine(GoldenAdapters.Own, "llama-two-adapters", "a"), package, model);
        int[] prompt = LogitsDigest.Tokens(model.Config, 40);
        await using var plain = new InferenceEngine(model);
        await using var adapted = new InferenceEngine(model, new EngineOptions { Adapter = a });
        EngineRun expected = await Run(plain, prompt, a), actual = await Run(adapted, prompt, null);
        Assert.Equal(expected.Digest, actual.Digest);
        EngineRun unadapted = await EngineRun.Of(adapted, new GenerationRequest { Prompt = prompt, Base = true, Options = new() { MaxTokens = 8 } }, TestContext.Current.CancellationToken);
        EngineRun reference = await EngineRun.Of(plain, new GenerationRequest { Prompt = prompt, Options = new() { MaxTokens = 8 } }, TestContext.Current.CancellationToken);
        Assert.Equal(reference.Digest, unadapted.Digest);
    }

    [Fact]
    public void AnAdapterOfAnotherModelIsRefused()
    {
        using ModelPackage package = ModelPackage.Open(Path.Combine(GoldenAdapters.Own, "bases", "llama"));
        using Model first = package.Load(new LoadOptions { Threads = 1 }), second = package.Load(new LoadOptions { Threads = 1 });
        using LoadedAdapter adapter = AdapterFile.Load(Path.Combine(GoldenAdapters.Own, "llama-dora"), package, first);
        Assert.Throws<ArgumentException>(() => second.CreateSequence(8, adapter));
    }

    static Task<EngineRun> Run(InferenceEngine engine, int[] prompt, LoadedAdapter? adapter) =>
        EngineRun.Of(engine, new GenerationRequest { Prompt = prompt, Adapter = adapter, Options = new() { MaxTokens = 8 } }, TestContext.Current.CancellationToken);
}
