using Poise.Core.Models;
using Poise.Tests.Support;

namespace Poise.Tests.Conformance;

/// <summary>What 8-bit activations cost, against what they cost llama.cpp on the same file.</summary>
public class Int8Tests(ITestOutputHelper output)
{
    public static TheoryData<string> Project => ["gpt-oss-wide-MXFP4_MOE", "llama-wide-Q4_K_M"];

    public static TheoryData<string> Others => ["llama-wide-IQ4_XS", "llama-wide-Q2_K", "llama-wide-Q3_K_M", "llama-wide-Q4_0", "llama-wide-Q8_0", "qwen3-moe-wide-Q4_K_M", "qwen3-moe-wide-MXFP4_MOE"];

    [Theory]
    [MemberData(nameof(Project))]
    public void TheProjectsModels(string name) => Check(Shared.Golden("gguf", "quant", name), name);

    [Theory]
    [MemberData(nameof(Others))]
    public void TheOtherModels(string name) => Check(Shared.Get("golden", "gguf", "quant", name), name);

    void Check(string folder, string name)
    {
        using var golden = new GoldenModel(folder);
        using Model model = golden.Package.Load(new LoadOptions { Activations = ActivationPrecision.Int8, Threads = 2 });
        var divergences = new List<double>();
        for (int p = 0; golden.Has($"prompt.{p}"); p++)
        {
            float[] expected = golden.Floats($"logits.{p}"), actual = GoldenModel.Logits(model, golden.Ids($"prompt.{p}"));
            int vocabulary = model.Config.VocabularySize;
            for (int row = 0; row < expected.Length; row += vocabulary)
                divergences.Add(Divergence(expected.AsSpan(row, vocabulary), actual.AsSpan(row, vocabulary)));
        }

        divergences.Sort();
        double median = (divergences[(divergences.Count - 1) / 2] + divergences[divergences.Count / 2]) / 2;
        double other = golden.Json.GetProperty("llamacpp_8bit_median_kl").GetDouble();
        output.WriteLine($"{name}: median KL {median:0.00000}, llama.cpp {other:0.00000}, ratio {median / other:0.00}; mean {divergences.Average():0.00000}, largest {divergences[^1]:0.00000}");
        Assert.InRange(median, 0, 2 * other);
    }

    /// <summary>KL(expected || actual) of the two softmaxes.</summary>
    static double Divergence(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double a = LogSum(expected), b = LogSum(actual), sum = 0;
        for (int i = 0; i < expected.Length; i++) sum += Math.Exp(expected[i] - a) * (expected[i] - a - (actual[i] - b));
        return sum;
    }

    static double LogSum(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float v in logits) largest = Math.Max(largest, v);
        foreach (float v in logits) sum += Math.Exp(v - largest);
        return largest + Math.Log(sum);
    }
}
