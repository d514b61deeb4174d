using System.Runtime.InteropServices;
using System.Text.Json;
using Poise.Core.Models;
using Poise.Core.Training;
using Poise.Core.Training.Graph;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Graph;

/// <summary>One folder of the training goldens with the base model that it names.</summary>
sealed class TrainingGolden : IDisposable
{
    readonly JsonDocument _json;
    readonly List<Parameter> _factors = [];

    TrainingGolden(string root, string name)
    {
        Folder = Path.Combine(root, name);
        _json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "golden.json")));
        Tensors = new TinySafetensors(Path.Combine(Folder, "golden.safetensors"));
        Base = Path.Combine(root, Json.GetProperty("base").GetString()!);
        Checkpoint = SafetensorsFolder.Open(Base);
        Config = JsonConfig.Read(Path.Combine(Base, "config.json"));
    }

    /// <summary>From the folder `shared`; the test is skipped where it is absent.</summary>
    public static TrainingGolden Open(string name) => new(Shared.Get("golden", "training"), name);

    /// <summary>From the choice in the project.</summary>
    public static TrainingGolden OpenCompact(string name) => new(Shared.Golden("training"), name);

    public string Folder { get; }
    public string Base { get; }
    public JsonElement Json => _json.RootElement;
    public TinySafetensors Tensors { get; }
    public Checkpoint Checkpoint { get; }
    public JsonConfig Config { get; }

    public TrainingModel Load(Func<string, bool> trains, IReadOnlyDictionary<string, LoraPair>? adapters = null) =>
        TrainingModels.Load(Config, Checkpoint, trains, adapters ?? new Dictionary<string, LoraPair>());

    public int[] Integers(string name) => MemoryMarshal.Cast<byte, int>(Tensors.Bytes(name)).ToArray();

    /// <summary>The batch `padded` or `packed`.</summary>
    public TrainingBatch Batch(string kind)
    {
        int[] ids = Integers($"{kind}.input_ids"), labels = Integers($"{kind}.labels");
        if (kind == "packed")
        {
            int[] lengths = Integers("packed.doc_lengths");
            return new TrainingBatch(ids, labels, [.. lengths.Select((_, d) => lengths[..d].Sum())]);
        }

        int columns = Tensors.Shape($"{kind}.input_ids")[1];
        int[] mask = Integers($"{kind}.attention_mask");
        return TrainingBatch.FromSamples(Enumerable.Range(0, ids.Length / columns).Select(r =>
        {
            int[] kept = [.. Enumerable.Range(r * columns, columns).Where(i => mask[i] == 1)];
            return (kept.Select(i => ids[i]).ToArray(), kept.Select(i => labels[i]).ToArray());
        }));
    }

    /// <summary>Rows first.. of data.jsonl.</summary>
    public TrainingBatch Rows(int first, int count) => TrainingBatch.FromSamples(File.ReadLines(Path.Combine(Folder, "data.jsonl")).Skip(first).Take(count).Select(line =>
    {
        using JsonDocument row = JsonDocument.Parse(line);
        int[] Read(string key) => [.. row.RootElement.GetProperty(key).EnumerateArray().Select(v => v.GetInt32())];
        return (Read("input_ids"), Read("labels"));
    }));

    /// <summary>The pairs of initial/, by module or stacked parameter; <paramref name="byKey"/> finds each factor under its key in the file.</summary>
    public Dictionary<string, LoraPair> Adapters(Dictionary<string, Parameter> byKey)
    {
        const string Root = "base_model.model.";
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "initial", "adapter_config.json")));
        float scale = (float)(config.RootElement.GetProperty("lora_alpha").GetDouble() / config.RootElement.GetProperty("r").GetDouble());
        var file = new TinySafetensors(Path.Combine(Folder, "initial", "adapter_model.safetensors"));
        foreach (string key in file.Names)
        {
            int[] shape = file.Shape(key);
            FloatRows value = new FloatRows(shape[^1]).Resize(shape.Length == 1 ? 1 : shape[0]);
            file.Floats(key).CopyTo(value.All);
            byKey[key] = new Parameter(key, [.. shape.Select(d => (long)d)], value);
            _factors.Add(byKey[key]);
        }

        var pairs = new Dictionary<string, LoraPair>();
        foreach (string key in file.Names.Where(k => k.EndsWith(".lora_A.weight", StringComparison.Ordinal)))
        {
            string module = key[..^".lora_A.weight".Length], path = module[Root.Length..];
            // Of two targeted parameters of one module the first is innermost.
            if (path.EndsWith(".experts.base_layer", StringComparison.Ordinal)) path = path[..^".base_layer".Length] + ".gate_up_proj";
            else if (path.EndsWith(".experts", StringComparison.Ordinal)) path += ".down_proj";
            pairs[path] = new LoraPair(byKey[key], byKey[$"{module}.lora_B.weight"], scale, byKey.GetValueOrDefault($"{module}.lora_magnitude_vector"));
        }

        return pairs;
    }

    /// <summary>||g - golden|| / ||golden||.</summary>
    public double Error(string golden, Parameter parameter)
    {
        float[] expected = Tensors.Floats(golden);
        Span<float> found = parameter.Gradient.All;
        Assert.Equal(expected.Length, found.Length);
        double difference = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += ((double)found[i] - expected[i]) * ((double)found[i] - expected[i]);
            norm += (double)expected[i] * expected[i];
        }

        return Math.Sqrt(difference / norm);
    }

    public void Dispose()
    {
        foreach (Parameter factor in _factors) factor.Dispose();
        Checkpoint.Dispose();
        _json.Dispose();
    }
}
