using System.Text.Json;
using Poise.Core.Adapters;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Adapters;

/// <summary>An adapter that is read and written again has the names, shapes and values that PEFT wrote.</summary>
public class RewriteTests
{
    public static TheoryData<string> Own => ["llama-dora", "gpt_oss_mxfp4-experts"];

    public static TheoryData<string> All =>
    [
        "gpt2-bias-lora-only", "gpt2-conv1d", "gpt2-embedding", "gpt2-tied-head", "gpt_oss-bias-all", "gpt_oss-experts-down-router", "gpt_oss-experts-patterns",
        "gpt_oss-lora-bias", "gpt_oss-recipe", "llama-embedding", "llama-modules-to-save", "llama-patterns", "llama-regex", "llama-rslora", "llama-token-rows",
        "qwen3_moe-all-linear", "deepseek_v3-mla",
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void AnAdapterSurvivesReadingAndWriting(string name) => Check(GoldenAdapters.Shared, name);

    [Theory]
    [MemberData(nameof(Own))]
    public void TheProjectsAdaptersSurviveReadingAndWriting(string name) => Check(GoldenAdapters.Own, name);

    static void Check(string root, string name)
    {
        string folder = Path.Combine(root, name);
        JsonElement golden = GoldenAdapters.Json(Path.Combine(folder, "golden.json"));
        (Checkpoint checkpoint, BaseFiles files) = GoldenAdapters.OpenBase(GoldenAdapters.BaseOf(root, golden.GetProperty("base").GetString()!));
        using Checkpoint opened = checkpoint;
        using Adapter adapter = AdapterFile.Read(folder, files.Base);
        using var target = new TemporaryFolder();
        AdapterFile.WritePeft(adapter, files.Base, target.Path);
        using (SafetensorsFile before = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors")), after = SafetensorsFile.Open(target.File("adapter_model.safetensors")))
        {
            Assert.Equal(before.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), after.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
            foreach (StoredTensor tensor in before.Tensors)
            {
                Assert.Equal(tensor.Shape, after.Get(tensor.Name).Shape);
                Assert.Equal(tensor.ToFloats(), after.Get(tensor.Name).ToFloats());
            }
        }

        using Adapter again = AdapterFile.Read(target.Path, files.Base);
        Assert.Equal(adapter.Elements, again.Elements);
        Assert.Equal(adapter.Pairs.Select(pair => (pair.Parameter.Name, pair.Rank, pair.Scale)).Order(), again.Pairs.Select(pair => (pair.Parameter.Name, pair.Rank, pair.Scale)).Order());
    }
}
