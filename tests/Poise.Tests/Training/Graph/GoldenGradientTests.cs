using System.Text.Json;
using Poise.Core.Training;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Objectives;

namespace Poise.Tests.Training.Graph;

/// <summary>Loss and gradients of whole models against float64 references: every tensor, padded and packed, full training, LoRA, DoRA and DPO.</summary>
public sealed class GoldenGradientTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("grad-llama", "padded")]
    [InlineData("grad-llama", "packed")]
    [InlineData("grad-gpt2", "padded")]
    [InlineData("grad-gpt2", "packed")]
    [InlineData("grad-gpt_oss", "padded")]
    [InlineData("grad-gpt_oss", "packed")]
    [InlineData("grad-gpt_oss_mxfp4", "padded")]
    [InlineData("grad-gpt_oss_mxfp4", "packed")]
    [InlineData("grad-gemma2", "padded")]
    [InlineData("grad-gemma2", "packed")]
    [InlineData("grad-qwen3_moe", "padded")]
    [InlineData("grad-qwen3_moe", "packed")]
    [InlineData("grad-deepseek_v3", "padded")]
    [InlineData("grad-deepseek_v3", "packed")]
    public void EveryTensor(string name, string kind)
    {
        using TrainingGolden golden = TrainingGolden.Open(name);
        Full(golden, kind, compact: false);
    }

    [Fact]
    public void OfTheProjectsOwnChoice()
    {
        using TrainingGolden golden = TrainingGolden.OpenCompact("grad-gpt_oss_mxfp4");
        Full(golden, "packed", compact: true);
    }

    void Full(TrainingGolden golden, string kind, bool compact)
    {
        string prefix = $"{kind}.grad.";
        string[] names = [.. golden.Tensors.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..])];
        using TrainingModel model = golden.Load(names.Contains);
        using var tape = new Tape(2);
        TrainingBatch batch = golden.Batch(kind);
        JsonElement expected = golden.Json.GetProperty("batches").GetProperty(kind);
        Assert.Equal(expected.GetProperty("target_tokens").GetInt32(), batch.TargetCount);
        double loss = model.Train(tape, batch, batch.TargetCount) / batch.TargetCount;
        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss, golden.Json.GetProperty("loss_tolerance").GetDouble());
        // Without recording, the same.
        Assert.Equal(loss, model.Evaluate(tape, batch) / batch.TargetCount);
        Assert.Equal(names.Order(StringComparer.Ordinal), model.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        Worst(golden, model.Parameters.Select(p => (prefix + p.Name, p)), golden.Json.GetProperty("tolerance").GetDouble(), kind, loss);
        Assert.False(compact && names.Length < 20);
    }

    [Theory]
    [InlineData("lora-llama")]
    [InlineData("lora-llama-dora")]
    [InlineData("lora-gpt_oss")]
    [InlineData("lora-gpt_oss-mxfp4")]
    public void FirstStepOfAnAdapter(string name)
    {
        using TrainingGolden golden = TrainingGolden.Open(name);
        Adapter(golden);
    }

    [Fact]
    public void FirstStepOfTheProjectsOwnAdapter()
    {
        using TrainingGolden golden = TrainingGolden.OpenCompact("lora-gpt_oss-mxfp4");
        Adapter(golden);
    }

    void Adapter(TrainingGolden golden)
    {
        var factors = new Dictionary<string, Parameter>();
        using TrainingModel model = golden.Load(_ => false, golden.Adapters(factors));
        using var tape = new Tape(2);
        TrainingBatch batch = golden.Rows(0, golden.Json.GetProperty("micro_batch_size").GetInt32());
        double tolerance = golden.Json.GetProperty("loss_tolerance").GetDouble();
        model.Adapted = false;
        Assert.Equal(golden.Json.GetProperty("first_loss_without_adapter").GetDouble(), model.Evaluate(tape, batch) / batch.TargetCount, tolerance);
        model.Adapted = true;
        double loss = model.Train(tape, batch, batch.TargetCount) / batch.TargetCount;
        Assert.Equal(golden.Json.GetProperty("losses")[0].GetDouble(), loss, tolerance);
        Assert.Equal(golden.Json.GetProperty("trained_tensors").GetInt32(), factors.Count);
        // The files state no tolerance for the gradients of a step: that of the gradients of whole models.
        Worst(golden, factors.Select(f => ($"step1.grad.{f.Key}", f.Value)), 1e-4, "step 1", loss);
    }

    [Fact]
    public void PreferencePairs()
    {
        using TrainingGolden golden = TrainingGolden.Open("dpo-llama");
        var factors = new Dictionary<string, Parameter>();
        using TrainingModel model = golden.Load(_ => false, golden.Adapters(factors));
        using var tape = new Tape(2);
        var samples = new List<(int[], int[])>();
        foreach (string line in File.ReadLines(Path.Combine(golden.Folder, "pairs.jsonl")))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            int[] Read(string key) => [.. row.RootElement.GetProperty(key).EnumerateArray().Select(v => v.GetInt32())];
            foreach (string side in (string[])["chosen", "rejected"])
                samples.Add(([.. Read("prompt"), .. Read(side)], [.. Read("prompt").Select(_ => TrainingBatch.Ignored), .. Read(side)]));
        }

        TrainingBatch batch = TrainingBatch.FromSamples(samples);
        JsonElement json = golden.Json;
        int pairs = samples.Count / 2;
        PreferencePass pass = PreferencePass.Train(model, tape, batch, json.GetProperty("beta").GetDouble(), pairs);
        double tolerance = json.GetProperty("logp_tolerance").GetDouble();
        for (int document = 0; document < samples.Count; document++)
        {
            Assert.Equal(json.GetProperty("policy_logps")[document / 2][document % 2].GetDouble(), pass.Policy[document], tolerance);
            Assert.Equal(json.GetProperty("reference_logps")[document / 2][document % 2].GetDouble(), pass.Reference[document], tolerance);
        }

        double loss = pass.Sums.Loss / pairs;
        Assert.Equal(json.GetProperty("loss").GetDouble(), loss, json.GetProperty("loss_tolerance").GetDouble());
        Assert.Equal(json.GetProperty("margin").GetDouble(), pass.Sums.Margin / pairs, json.GetProperty("logp_tolerance").GetDouble());
        Assert.Equal(json.GetProperty("accuracy").GetDouble(), (double)pass.Sums.Wins / pairs);
        Worst(golden, factors.Select(f => ($"grad.{f.Key}", f.Value)), json.GetProperty("tolerance").GetDouble(), "pairs", loss);
        // Without gradients, the same; and the model is left as it was.
        Assert.Equal(pass.Sums, PreferencePass.Evaluate(model, tape, batch, json.GetProperty("beta").GetDouble()).Sums);
        Assert.True(model.Adapted && tape.Gradients);
    }

    void Worst(TrainingGolden golden, IEnumerable<(string Golden, Parameter Parameter)> tensors, double tolerance, string kind, double loss)
    {
        (string name, double error) = tensors.Select(t => (t.Golden, golden.Error(t.Golden, t.Parameter))).MaxBy(t => t.Item2);
        output.WriteLine($"{Path.GetFileName(golden.Folder)} {kind}: loss {loss:0.000000}, worst {name} {error:0.0e+0} of {tolerance:0.0e+0}");
        Assert.True(error <= tolerance, $"{name}: relative error {error:0.0e+0}, tolerance {tolerance:0.0e+0}");
    }
}
