using System.Text.Json;
using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training;
using Poise.Core.Training.Adapting;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Optimizers;
using Poise.Core.Training.Recipes;
using Poise.Tensors.Formats;
using Poise.Tensors.Threading;
using Poise.Tests.House;
using Poise.Tests.Support;
using Poise.Tests.Training.Graph;

namespace Poise.Tests.Training;

/// <summary>Whole runs, gradients and optimiser together, loss by loss and weight by weight.</summary>
public sealed class GoldenRunTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("llama-sgd-momentum")]
    [InlineData("llama-adamw-cosine")]
    [InlineData("llama-adamw-linear")]
    [InlineData("gpt_oss-adamw-constant")]
    [InlineData("gpt_oss-adamw-cosine-min-lr")]
    public void FullTrainingComesOut(string name)
    {
        string root = Shared.Get("golden", "training");
        using var run = new OptimizerTrajectory(name);
        string folder = Path.Combine(root, run.Golden.GetProperty("base").GetString()!);
        using Checkpoint checkpoint = SafetensorsFolder.Open(folder);
        using TrainingModel model = TrainingModels.Load(JsonConfig.Read(Path.Combine(folder, "config.json")), checkpoint, _ => true, new Dictionary<string, LoraPair>());
        using var tape = new Tape(2);
        using var pool = new ComputePool(2);
        Dictionary<string, Parameter> inModel = model.Parameters.ToDictionary(p => p.Name);
        run.Replay(pool, run.Golden.GetProperty("losses").GetArrayLength(), (_, parameters, batches) =>
        {
            Assert.Equal(inModel.Count, parameters.Count);
            TrainingBatch[] micro = [.. batches.Select(rows => TrainingBatch.FromSamples(rows.Select(row => (Ids(row, "input_ids"), Ids(row, "labels")))))];
            int targets = micro.Sum(batch => batch.TargetCount);
            foreach (Parameter parameter in parameters)
            {
                parameter.Value.All.CopyTo(inModel[parameter.Name].Value.All);
                inModel[parameter.Name].Gradient.All.Clear();
            }

            double loss = micro.Sum(batch => model.Train(tape, batch, targets)) / targets;
            foreach (Parameter parameter in parameters) inModel[parameter.Name].Gradient.All.CopyTo(parameter.Gradient.All);
            return loss;
        });
    }

    [Theory]
    [InlineData("lora-llama")]
    [InlineData("lora-llama-dora")]
    [InlineData("lora-gpt_oss")]
    [InlineData("lora-gpt_oss-mxfp4")]
    public void AdaptersComeOut(string name)
    {
        using TrainingGolden golden = TrainingGolden.Open(name);
        Dictionary<string, float[]> once = Train(golden, threads: 1, (step, loss) =>
            Assert.Equal(golden.Json.GetProperty("losses")[step].GetDouble(), loss, golden.Json.GetProperty("loss_tolerance").GetDouble()));
        var initial = new TinySafetensors(Path.Combine(golden.Folder, "initial", "adapter_model.safetensors"));
        var final = new TinySafetensors(Path.Combine(golden.Folder, "final", "adapter_model.safetensors"));
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble(), worst = 0;
        Assert.Equal(final.Names.Order(StringComparer.Ordinal), once.Keys.Order(StringComparer.Ordinal));
        foreach ((string key, float[] found) in once)
        {
            float[] expected = final.Floats(key), before = initial.Floats(key);
            double error = Distance(found, expected) / Distance(expected, before);
            worst = Math.Max(worst, error);
            Assert.True(error <= tolerance, $"{key}: {error:E2} above {tolerance:E2}");
        }

        output.WriteLine($"{name}: worst tensor {worst:E1}, tolerance {tolerance:E1}");
        foreach ((string key, float[] found) in Train(golden, threads: 3, null)) Assert.True(found.AsSpan().SequenceEqual(once[key]), $"{key} differs with other threads");
    }

    /// <summary>From the folder of the adapter that the run begins with to the one that it ends with, as a person's run does it.</summary>
    static Dictionary<string, float[]> Train(TrainingGolden golden, int threads, Action<int, double>? observe)
    {
        using ModelPackage package = ModelPackage.Open(golden.Base);
        AdapterBase @base = AdapterBase.Of(package);
        using Adapter initial = AdapterFile.Read(Path.Combine(golden.Folder, "initial"), @base);
        using TrainedAdapter trained = TrainedAdapter.Continue(initial, @base);
        using TrainingModel model = golden.Load(_ => false, trained.Pairs);
        using var tape = new Tape(threads);
        using var pool = new ComputePool(threads);
        IReadOnlyList<Parameter> parameters = trained.Parameters;
        JsonElement json = golden.Json;
        (ScheduleSettings schedule, long total) = OptimizerTrajectory.ReadSchedule(json.GetProperty("schedule"));
        using IOptimizer optimizer = OptimizerKinds.Create(OptimizerTrajectory.ReadSettings(json.GetProperty("optimizer")), parameters);
        var norm = new GradientNorm(parameters);
        int rows = json.GetProperty("micro_batch_size").GetInt32();
        for (int step = 0; step < json.GetProperty("steps").GetInt32(); step++)
        {
            foreach (Parameter parameter in parameters) parameter.Gradient.All.Clear();
            TrainingBatch batch = golden.Rows(step * rows, rows);
            double loss = model.Train(tape, batch, batch.TargetCount) / batch.TargetCount;
            observe?.Invoke(step, loss);
            double rate = json.GetProperty("optimizer").GetProperty("lr").GetDouble() * Schedules.Multiplier(schedule, step, total);
            optimizer.Step(pool, rate, GradientNorm.ClipFactor(norm.Compute(pool), json.GetProperty("max_grad_norm").GetDouble()));
        }

        using var folder = new TemporaryFolder();
        using Adapter final = trained.ToAdapter("final");
        AdapterFile.WritePeft(final, @base, folder.Path);
        var written = new TinySafetensors(folder.File("adapter_model.safetensors"));
        return written.Names.ToDictionary(name => name, name => written.Floats(name));
    }

    /// <summary>Shapes alone: the published recipe of gpt-oss-20b.</summary>
    [Fact]
    public void TheRecipeOfTheCookbookTrainsAsManyNumbersAsPublished()
    {
        const int Hidden = 2880, Experts = 32;
        var parameters = new List<BaseParameter> { new("model.embed_tokens.weight", BaseKind.Table, [201088, Hidden]), new("lm_head.weight", BaseKind.Matrix, [201088, Hidden]) };
        for (int n = 0; n < 24; n++)
        {
            string layer = $"model.layers.{n}.";
            foreach ((string name, long outputs, long inputs) in (ReadOnlySpan<(string, long, long)>)[("q", 4096, Hidden), ("k", 512, Hidden), ("v", 512, Hidden), ("o", Hidden, 4096)])
                parameters.Add(new($"{layer}self_attn.{name}_proj.weight", BaseKind.Matrix, [outputs, inputs]));
            parameters.Add(new($"{layer}mlp.router.weight", BaseKind.Matrix, [Experts, Hidden]));
            parameters.Add(new($"{layer}mlp.experts.gate_up_proj", BaseKind.Experts, [Experts, Hidden, 2 * Hidden], InputsFirst: true));
            parameters.Add(new($"{layer}mlp.experts.down_proj", BaseKind.Experts, [Experts, Hidden, Hidden], InputsFirst: true));
        }

        Recipe recipe = Recipe.Load(Path.Combine(SourceTree.Root, "recipes", "gpt-oss-20b-lora.yaml"));
        using TrainedAdapter adapter = TrainedAdapter.Create(AdapterTargets.ToConfig(recipe.Adapter!, null), new AdapterBase("gpt-oss-20b", parameters, tied: false), 42, _ => []);
        Assert.Equal(15_040_512, adapter.Elements);
        Assert.Equal(24 * 4 + 6, adapter.Pairs.Count);
        Assert.True(adapter.Pairs.ContainsKey("model.layers.7.mlp.experts.gate_up_proj"));
        Parameter a = adapter.Pairs["model.layers.0.self_attn.q_proj"].A;
        Assert.Equal("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", a.Name);
        Assert.InRange(a.Value.All.ToArray().Max(MathF.Abs), 0.99f / MathF.Sqrt(Hidden), 1 / MathF.Sqrt(Hidden));
        Assert.InRange(a.Value.All.ToArray().Average(), -1e-4f, 1e-4f);
        Assert.All(adapter.Pairs.Values, pair => Assert.False(pair.B.Value.All.ContainsAnyExcept(0f)));
    }

    static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum());

    static int[] Ids(JsonElement row, string key) => [.. row.GetProperty(key).EnumerateArray().Select(v => v.GetInt32())];
}
