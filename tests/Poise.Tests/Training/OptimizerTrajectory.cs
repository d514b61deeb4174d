using System.Text.Json;
using Poise.Core.Training;
using Poise.Core.Training.Optimizers;
using Poise.Tensors;
using Poise.Tensors.Threading;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>
/// An optimiser run of the golden files: beginning at the base's weights, gradients come from whoever has them, and norms, losses and
/// weights are held against the file.
/// </summary>
sealed class OptimizerTrajectory : IDisposable
{
    readonly JsonDocument _golden;
    readonly TinySafetensors _snapshots;
    readonly TinySafetensors _base;

    /// <summary>
    /// Leaves in each parameter's gradient that of the loss over all targets of the step's batches, and returns this loss (NaN where
    /// it is not known).
    /// </summary>
    /// <param name="step">From 1.</param>
    /// <param name="batches">Rows of data.jsonl: input_ids and labels.</param>
    public delegate double Gradients(int step, IReadOnlyList<Parameter> parameters, JsonElement[][] batches);

    public OptimizerTrajectory(string name)
    {
        string folder = Folder(name);
        _golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        _snapshots = new TinySafetensors(Path.Combine(folder, "golden.safetensors"));
        _base = new TinySafetensors(Path.Combine(folder, "..", "..", Text("base"), "model.safetensors"));
        Rows = [.. File.ReadLines(Path.Combine(folder, "data.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        Parameters = [.. List("decay").Concat(List("no_decay")).Select(Initial)];
        Settings = ReadSettings(_golden.RootElement.GetProperty("optimizer"));
    }

    /// <summary>Of the compact golden files; those beside the repository where there are any.</summary>
    public static TheoryData<string> Cases =>
        [.. Directory.GetDirectories(Path.GetDirectoryName(Folder("x"))!).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    public JsonElement Golden => _golden.RootElement;

    public JsonElement[] Rows { get; }

    public Parameter[] Parameters { get; }

    public OptimizerSettings Settings { get; }

    public static string Folder(string name) =>
        Shared.Exists ? Shared.Get("golden", "training", "optim", name) : Shared.Golden("training", "optim", name);

    public static (ScheduleSettings Settings, long Total) ReadSchedule(JsonElement schedule)
    {
        var settings = new ScheduleSettings(schedule.GetProperty("type").GetString()!, (int)Number("warmup_steps"), 0, Number("min_lr_rate"));
        return (settings, (long)Number("total_steps"));
        double Number(string key) => schedule.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : 0;
    }

    /// <summary>Weights of the file after a step, or before the first.</summary>
    public float[] Weights(int step, string name) => step == 0 ? BaseFloats(name) : _snapshots.Floats($"step{step}.{name}");

    /// <summary>Steps 1..<paramref name="last"/>, and every snapshot on the way.</summary>
    public void Replay(ComputePool pool, int last, Gradients gradients)
    {
        (ScheduleSettings schedule, long total) = ReadSchedule(Golden.GetProperty("schedule"));
        double rate = Golden.GetProperty("optimizer").GetProperty("lr").GetDouble(), limit = Golden.GetProperty("max_grad_norm").GetDouble();
        int size = Golden.GetProperty("micro_batch_size").GetInt32(), accumulation = Golden.GetProperty("gradient_accumulation").GetInt32();
        int[] snapshots = [.. Golden.GetProperty("snapshots").EnumerateArray().Select(s => s.GetInt32())];
        var norm = new GradientNorm(Parameters);
        using IOptimizer optimizer = OptimizerKinds.Create(Settings, Parameters);
        for (int step = 1; step <= last; step++)
        {
            foreach (Parameter parameter in Parameters) parameter.Gradient.All.Clear();
            double loss = gradients(step, Parameters, [.. Rows.Skip((step - 1) * size * accumulation).Take(size * accumulation).Chunk(size)]);
            if (!double.IsNaN(loss)) Assert.Equal(Golden.GetProperty("losses")[step - 1].GetDouble(), loss, Golden.GetProperty("loss_tolerance").GetDouble());
            double found = norm.Compute(pool), expected = Golden.GetProperty("gradient_norms_before_clipping")[step - 1].GetDouble();
            Assert.Equal(expected, found, expected * Golden.GetProperty("gradient_norm_relative_tolerance").GetDouble());
            optimizer.Step(pool, rate * Schedules.Multiplier(schedule, step - 1, total), GradientNorm.ClipFactor(found, limit));
            if (snapshots.Contains(step)) Compare(step);
        }
    }

    void Compare(int step)
    {
        double tolerance = Golden.GetProperty("tolerance_by_step").GetProperty(step.ToString(System.Globalization.CultureInfo.InvariantCulture)).GetDouble();
        foreach (Parameter parameter in Parameters)
        {
            float[] expected = Weights(step, parameter.Name), initial = Weights(0, parameter.Name);
            double error = 0, moved = 0;
            for (int i = 0; i < expected.Length; i++)
            {
                error += Math.Pow((double)parameter.Value.All[i] - expected[i], 2);
                moved += Math.Pow((double)expected[i] - initial[i], 2);
            }
            double relative = moved == 0 ? Math.Sqrt(error) : Math.Sqrt(error / moved);
            Assert.True(relative <= tolerance, $"step {step}, {parameter.Name}: {relative:E2} above {tolerance:E2}");
        }
    }

    public string[] List(string key) => [.. Golden.GetProperty(key).EnumerateArray().Select(n => n.GetString()!)];

    string Text(string key) => Golden.GetProperty(key).GetString()!;

    Parameter Initial(string name)
    {
        int[] shape = _base.Shape(name);
        var value = new FloatRows(shape[^1]).Resize(shape.Aggregate(1, (a, b) => a * b) / shape[^1]);
        BaseFloats(name).CopyTo(value.All);
        return new Parameter(name, [.. shape.Select(d => (long)d)], value);
    }

    // Bases are F32 or BF16.
    float[] BaseFloats(string name)
    {
        ReadOnlySpan<byte> bytes = _base.Bytes(name);
        int elements = _base.Shape(name).Aggregate(1, (a, b) => a * b);
        if (bytes.Length == elements * 4) return _base.Floats(name);
        var values = new float[elements];
        for (int i = 0; i < elements; i++) values[i] = BitConverter.UInt32BitsToSingle((uint)(bytes[2 * i] << 16 | bytes[2 * i + 1] << 24));
        return values;
    }

    public static OptimizerSettings ReadSettings(JsonElement optimizer)
    {
        if (optimizer.GetProperty("name").GetString() == "sgd")
            return new OptimizerSettings("sgd", WeightDecay: Number("weight_decay"), Momentum: Number("momentum"), Nesterov: optimizer.TryGetProperty("nesterov", out JsonElement nesterov) && nesterov.GetBoolean());
        JsonElement betas = optimizer.GetProperty("betas");
        return new OptimizerSettings("adamw", betas[0].GetDouble(), betas[1].GetDouble(), Number("eps"), Number("weight_decay"));
        double Number(string key) => optimizer.GetProperty(key).GetDouble();
    }

    public void Dispose()
    {
        TrainingFixture.Dispose(Parameters);
        _golden.Dispose();
    }
}
