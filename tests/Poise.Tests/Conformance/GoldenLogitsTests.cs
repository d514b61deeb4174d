using Poise.Core.Models;
using Poise.Tests.Support;

namespace Poise.Tests.Conformance;

/// <summary>Every architecture in every layout against the canonical implementation: logits, hidden states, greedy continuation.</summary>
public class GoldenLogitsTests(ITestOutputHelper output)
{
    public static TheoryData<string> Shared =>
    [
        "models/gpt-oss-mxfp4", "models/gpt-oss-dense", "models/gpt-oss-original", "models/gpt-oss-e32", "models/gpt-oss-wide",
        "models/llama2", "models/llama3.1", "models/llama3.2", "models/llama-wide", "models/stories260K", "models/gpt2",
        "gguf/twins/gpt-oss-mxfp4", "gguf/twins/gpt-oss-dense", "gguf/twins/llama2", "gguf/twins/llama3.1", "gguf/twins/llama3.2", "gguf/twins/gpt2",
        "gguf/quant/gpt-oss-wide-MXFP4_MOE", "gguf/quant/llama-wide-IQ4_XS", "gguf/quant/llama-wide-Q2_K", "gguf/quant/llama-wide-Q3_K_M",
        "gguf/quant/llama-wide-Q4_0", "gguf/quant/llama-wide-Q4_K_M", "gguf/quant/llama-wide-Q8_0",
        "models/gemma2", "models/gemma2-plain", "gguf/twins/gemma2-plain",
        "models/qwen3-moe", "models/qwen3-moe-mixed", "models/qwen3-moe-wide", "gguf/twins/qwen3-moe", "gguf/quant/qwen3-moe-wide-Q4_K_M", "gguf/quant/qwen3-moe-wide-MXFP4_MOE",
        "models/deepseek-v3", "models/deepseek-v3-fp8", "models/deepseek-v2", "models/deepseek-v2-lite",
        "gguf/twins/deepseek-v3", "gguf/twins/deepseek-v3-old", "gguf/twins/deepseek-v2", "gguf/twins/deepseek-v2-lite",
    ];

    /// <summary>What the project carries itself: one of each architecture and layout, a split file and two quantised models.</summary>
    public static TheoryData<string> Own =>
    [
        "models/gpt-oss-mxfp4", "models/gpt-oss-dense", "models/gpt-oss-original", "models/llama2", "models/llama3.1", "models/llama3.2",
        "models/stories260K", "models/gpt2", "gguf/twins/gpt-oss-mxfp4", "gguf/twins/llama3.1", "gguf/twins/gpt2",
        "gguf/quant/gpt-oss-wide-MXFP4_MOE", "gguf/quant/llama-wide-Q4_K_M", "gguf/twins/gemma2-plain", "gguf/twins/qwen3-moe", "gguf/twins/deepseek-v3",
    ];

    [Theory]
    [MemberData(nameof(Own))]
    public void PreciseModeMeetsTheToleranceOfTheProjectsModels(string folder) => Check(Support.Shared.Golden(folder.Split('/')), folder);

    /// <summary>Bases of the project's adapters: what those of the GGUF files above cannot say, such as Gemma 2's query scalar and a dense layer of Qwen's.</summary>
    [Theory]
    [InlineData("gemma2", "gemma2-embedding")]
    [InlineData("qwen3_moe", "qwen3_moe-all-linear")]
    [InlineData("deepseek_v3", "deepseek_v3-mla")]
    public void FoldersOfTheProjectMeetTheTolerance(string name, string numbers)
    {
        using var golden = new GoldenModel(Support.Shared.Golden("adapters", numbers), Support.Shared.Golden("adapters", "bases", name));
        using Model model = golden.Package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 2 });
        for (int p = 0; golden.Has($"prompt.{p}"); p++)
        {
            double error = GoldenModel.Difference(golden.Floats($"base.logits.{p}"), GoldenModel.Logits(model, golden.Ids($"prompt.{p}")));
            output.WriteLine($"{name} {p}: {error:0.0e+0} (tolerance {golden.Tolerance})");
            Assert.True(error <= golden.Tolerance, $"{name}: {error}");
        }
    }

    [Fact]
    public void ASplitFileGivesTheNumbersOfTheWholeModel()
    {
        string split = Support.Shared.Golden("gguf", "split");
        using var golden = new GoldenModel(Support.Shared.Golden("models", "llama3.2"), Path.Combine(split, "model-00001-of-00003.gguf"));
        using Model model = golden.Package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 2 });
        double worst = GoldenModel.Difference(golden.Floats("logits.0"), GoldenModel.Logits(model, golden.Ids("prompt.0")));
        output.WriteLine($"split: logits {worst:0.0e+0} (tolerance {golden.Tolerance})");
        Assert.True(worst <= golden.Tolerance, $"largest logit difference {worst}");
    }

    [Theory]
    [MemberData(nameof(Shared))]
    public void PreciseModeMeetsTheTolerance(string folder) => Check(Support.Shared.Get(["golden", .. folder.Split('/')]), folder);

    void Check(string folder, string name)
    {
        using var golden = new GoldenModel(folder);
        using Model model = golden.Package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 2 });
        double worst = 0, worstHidden = 0;
        for (int p = 0; golden.Has($"prompt.{p}"); p++)
        {
            int[] ids = golden.Ids($"prompt.{p}");
            List<float[]>? hidden = golden.Has($"hidden.{p}") ? [] : null;
            worst = Math.Max(worst, GoldenModel.Difference(golden.Floats($"logits.{p}"), GoldenModel.Logits(model, ids, hidden)));
            if (hidden is not null) worstHidden = Math.Max(worstHidden, GoldenModel.Difference(golden.Floats($"hidden.{p}"), [.. hidden.SelectMany(h => h)]));
        }

        output.WriteLine($"{name}: logits {worst:0.0e+0} (tolerance {golden.Tolerance}), hidden {worstHidden:0.0e+0}");
        Assert.True(worst <= golden.Tolerance, $"{name}: largest logit difference {worst}, tolerance {golden.Tolerance}");
        Assert.True(worstHidden <= golden.Tolerance, $"{name}: largest hidden difference {worstHidden}");
        if (!golden.Has("greedy.0")) return;
        int[] prompt = golden.Ids("prompt.0"), expected = golden.Ids("greedy.0");
        using Sequence sequence = model.CreateSequence(Math.Min(model.Config.ContextLength, prompt.Length + expected.Length));
        float[] row = new float[model.Config.VocabularySize];
        int[] next = prompt;
        for (int i = 0; i < expected.Length; i++)
        {
            model.Forward([new Segment(sequence, next)], row);
            next = [GoldenModel.ArgMax(row)];
            Assert.True(expected[i] == next[0], $"{name}: greedy token {i} is {next[0]}, expected {expected[i]}");
        }
    }
}
