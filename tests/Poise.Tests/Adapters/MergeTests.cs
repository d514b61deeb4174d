using Poise.Core.Adapters;
using Poise.Tensors.Formats;

namespace Poise.Tests.Adapters;

/// <summary>Merged tensors against PEFT's, for bases of every architecture, those included that Poise does not run.</summary>
public class MergeTests(ITestOutputHelper output)
{
    public static TheoryData<string> Own => ["llama-dora", "gemma2-embedding"];

    public static TheoryData<string> All =>
    [
        "gemma2-embedding", "gpt2-conv1d", "gpt2-dora", "gpt2-embedding", "gpt2-tied-head", "gpt_oss-bias-all", "gpt_oss-experts-down-router", "gpt_oss-experts",
        "gpt_oss_mxfp4-experts", "llama-dora", "llama-embedding", "llama-modules-to-save", "llama-qv", "qwen3_moe-experts", "qwen3_moe-per-expert",
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void MergedTensorsAgree(string name) => Check(GoldenAdapters.Shared, name);

    [Theory]
    [MemberData(nameof(Own))]
    public void MergedTensorsOfTheProjectsCasesAgree(string name) => Check(GoldenAdapters.Own, name);

    void Check(string root, string name)
    {
        string folder = Path.Combine(root, name);
        (Checkpoint checkpoint, BaseFiles files) = GoldenAdapters.OpenBase(GoldenAdapters.BaseOf(root, GoldenAdapters.Json(Path.Combine(folder, "golden.json")).GetProperty("base").GetString()!));
        using Checkpoint opened = checkpoint;
        using Adapter adapter = AdapterFile.Read(folder, files.Base);
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(folder, "merged.safetensors"));
        Dictionary<string, MergedTensor> merged = new AdapterMerge(files, adapter).Tensors.ToDictionary(tensor => tensor.Name);
        Assert.Equal(golden.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), merged.Keys.Order(StringComparer.Ordinal));
        double worst = 0;
        foreach (StoredTensor expected in golden.Tensors)
        {
            float[] values = Values(merged[expected.Name]), wanted = expected.ToFloats();
            Assert.Equal(wanted.Length, values.Length);
            double error = 0, size = 0;
            for (int i = 0; i < values.Length; i++)
            {
                error = Math.Max(error, Math.Abs((double)values[i] - wanted[i]));
                size = Math.Max(size, Math.Abs((double)wanted[i]));
            }

            Assert.True(error <= 1e-6 * size, $"{expected.Name}: error {error} of {size}");
            worst = Math.Max(worst, error / size);
        }

        output.WriteLine($"{name}: {merged.Count} tensors, relative error {worst:0.0e+0}");
    }

    // As a dense file would hold it: expert matrices that were MXFP4 [E, out, in] are [E, in, out] there.
    static float[] Values(MergedTensor tensor)
    {
        float[] all = new float[tensor.Rows * tensor.Columns];
        for (long row = 0; row < tensor.Rows; row++) tensor.Read(row, all.AsSpan((int)row * tensor.Columns, tensor.Columns));
        if (tensor.Scales is null) return all;
        int outputs = (int)tensor.Shape[1], inputs = tensor.Columns;
        float[] turned = new float[all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            int expert = i / (outputs * inputs), output = i / inputs % outputs, input = i % inputs;
            turned[(expert * inputs + input) * outputs + output] = all[i];
        }

        return turned;
    }
}
