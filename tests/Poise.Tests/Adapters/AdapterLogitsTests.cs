using System.Buffers.Binary;
using System.Text.Json;
using Poise.Core.Adapters;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors.Formats;
using Poise.Tests.Conformance;

namespace Poise.Tests.Adapters;

/// <summary>Logits with adapters against PEFT's, all sequences of a case in one batch; and what adapters may not change.</summary>
public class AdapterLogitsTests(ITestOutputHelper output)
{
    public static TheoryData<string> Own => ["llama-dora", "llama-two-adapters", "gpt_oss_mxfp4-experts", "gemma2-embedding", "qwen3_moe-all-linear", "deepseek_v3-mla"];

    public static TheoryData<string> All =>
    [
        "deepseek_v3-mla", "gemma2-all-linear", "gemma2-embedding", "gpt2-bias-lora-only", "gpt2-conv1d", "gpt2-dora", "gpt2-embedding", "gpt2-tied-head",
        "gpt_oss-attention", "gpt_oss-bias-all", "gpt_oss-experts", "gpt_oss-experts-down-router", "gpt_oss-experts-gate-up", "gpt_oss-experts-patterns",
        "gpt_oss-experts-roles-swapped", "gpt_oss-layers-trap", "gpt_oss-lora-bias", "gpt_oss-recipe", "gpt_oss_mxfp4-experts", "llama-all-linear", "llama-bf16",
        "llama-dora", "llama-embedding", "llama-exclude", "llama-layers", "llama-modules-to-save", "llama-patterns", "llama-qv", "llama-regex", "llama-rslora",
        "llama-token-rows", "llama-two-adapters", "qwen3_moe-all-linear", "qwen3_moe-experts", "qwen3_moe-experts-roles-swapped", "qwen3_moe-per-expert",
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void LogitsAgree(string name) => Check(GoldenAdapters.Shared, name);

    [Theory]
    [MemberData(nameof(Own))]
    public void LogitsOfTheProjectsCasesAgree(string name) => Check(GoldenAdapters.Own, name);

    void Check(string root, string name)
    {
        string folder = Path.Combine(root, name);
        JsonElement golden = GoldenAdapters.Json(Path.Combine(folder, "golden.json"));
        string baseName = golden.GetProperty("base").GetString()!;
        using ModelPackage package = ModelPackage.Open(GoldenAdapters.BaseOf(root, baseName));
        using Model model = package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 2 });
        Dictionary<string, LoadedAdapter> adapters = GoldenAdapters.FoldersOf(folder).ToDictionary(entry => entry.Key, entry => AdapterFile.Load(entry.Value, package, model));
        string[]? of = golden.TryGetProperty("adapter_of_prompt", out JsonElement chosen) ? [.. chosen.EnumerateArray().Select(e => e.GetString()!)] : null;
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        double tolerance = golden.GetProperty("tolerance").GetDouble(), worst = 0;

        // Every prompt with its adapter and without, in one batch.
        var runs = new List<(int[] Ids, LoadedAdapter? Adapter, string Expected)>();
        for (int p = 0; file.Has($"prompt.{p}"); p++)
        {
            int[] ids = Ids(file.Get($"prompt.{p}"));
            runs.Add((ids, of is null ? adapters["adapter"] : adapters.GetValueOrDefault(of[p]), $"logits.{p}"));
            if (file.Has($"base.logits.{p}")) runs.Add((ids, null, $"base.logits.{p}"));
        }

        List<float[]> together = Run(model, [.. runs.Select(run => (run.Ids, run.Adapter))]);
        for (int i = 0; i < runs.Count; i++)
        {
            worst = Math.Max(worst, GoldenModel.Difference(file.Get(runs[i].Expected).ToFloats(), together[i]));
            // Alone, the same bits as in company; without an adapter those of a model that has none.
            Assert.Equal(Run(model, [(runs[i].Ids, runs[i].Adapter)])[0], together[i]);
            if (runs[i].Adapter is null) Assert.Equal(GoldenModel.Logits(model, runs[i].Ids), together[i]);
        }

        output.WriteLine($"{name}: {runs.Count} sequences, largest error {worst:0.0e+0} (tolerance {tolerance})");
        foreach (LoadedAdapter adapter in adapters.Values) adapter.Dispose();
        Assert.True(worst <= tolerance, $"{name}: largest error {worst}, tolerance {tolerance}");
    }

    static List<float[]> Run(Model model, List<(int[] Ids, LoadedAdapter? Adapter)> runs)
    {
        List<Sequence> sequences = [.. runs.Select(run => model.CreateSequence(run.Ids.Length + 1, run.Adapter))];
        int vocabulary = model.Config.VocabularySize;
        float[] logits = new float[runs.Sum(run => run.Ids.Length) * vocabulary];
        model.Forward([.. runs.Select((run, i) => new Segment(sequences[i], run.Ids, run.Ids.Length))], logits);
        foreach (Sequence sequence in sequences) sequence.Dispose();
        var results = new List<float[]>();
        int from = 0;
        foreach ((int[] ids, _) in runs)
        {
            results.Add(logits[from..(from + ids.Length * vocabulary)]);
            from += ids.Length * vocabulary;
        }

        return results;
    }

    static int[] Ids(StoredTensor tensor)
    {
        ReadOnlySpan<byte> bytes = tensor.Bytes(0, (int)tensor.ByteLength);
        int[] ids = new int[bytes.Length / 4];
        for (int i = 0; i < ids.Length; i++) ids[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
        return ids;
    }
}
