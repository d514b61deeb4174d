using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>Writes an adapter as PEFT does: adapter_config.json and adapter_model.safetensors, with PEFT's names and shapes.</summary>
static class PeftWriter
{
    /// <param name="type">F32, F16 or BF16, of all tensors.</param>
    public static void Write(Adapter adapter, AdapterBase @base, string folder, TensorType type)
    {
        var writer = new SafetensorsWriter();
        // PEFT reads no file without it.
        writer.Metadata["format"] = "pt";
        if (@base.Digest is { } digest) writer.Metadata[Adapter.DigestKey] = digest;
        foreach (LowRankPair pair in adapter.Pairs) Add(writer, pair, adapter.Config, @base, type);
        foreach (Replacement replacement in adapter.Replacements)
            Add(writer, ReplacementName(replacement.Parameter, adapter), [.. replacement.Parameter.Shape], replacement.Values, type);
        foreach (RowReplacement rows in adapter.Rows)
            Add(writer, rows.Table.LinearModule + PeftTensor.Suffixes[PeftRole.TokenRows], [rows.Indices.Length, rows.Table.Inputs], rows.Values, type);
        Directory.CreateDirectory(folder);
        writer.Write(Path.Combine(folder, PeftReader.FileName));
        AtomicFile.Write(Path.Combine(folder, AdapterConfig.FileName), stream => WriteConfig(stream, adapter.Config));
    }

    static void Add(SafetensorsWriter writer, LowRankPair pair, AdapterConfig config, AdapterBase @base, TensorType type)
    {
        BaseParameter parameter = pair.Parameter;
        int rank = pair.Rank, inputs = parameter.Inputs, outputs = parameter.Outputs, experts = Math.Max(1, parameter.Experts), all = experts * rank;
        ReadOnlySpan<float> a = pair.A.All, b = pair.B.All;
        if (parameter.Kind == BaseKind.Table)
        {
            Add(writer, parameter.LinearModule + PeftTensor.Suffixes[PeftRole.EmbeddingA], [rank, outputs], Factors.Turned(b, outputs, rank), type);
            Add(writer, parameter.LinearModule + PeftTensor.Suffixes[PeftRole.EmbeddingB], [inputs, rank], Factors.Turned(a, rank, inputs), type);
        }
        else
        {
            string module = ModuleOf(parameter, config, @base);

            Add(writer, module + PeftTensor.Suffixes[PeftRole.A], [all, inputs], a.ToArray(), type);
            Add(writer, module + PeftTensor.Suffixes[PeftRole.B], [outputs, all], ExpertFactors.Joined(b, experts, outputs, rank), type);
        }

        if (pair.Magnitudes is not null) Add(writer, parameter.LinearModule + PeftTensor.Suffixes[PeftRole.Magnitude], [pair.Magnitudes.Length], pair.Magnitudes, type);
        if (pair.Bias is not null) Add(writer, parameter.LinearModule + PeftTensor.Suffixes[PeftRole.BBias], [outputs], pair.Bias, type);
    }

    /// <summary>The path under which PEFT keeps the factors of a matrix: of several targeted parameters of a module, the first lies innermost.</summary>
    internal static string ModuleOf(BaseParameter parameter, AdapterConfig config, AdapterBase @base)
    {
        if (!config.TargetsParameter(parameter.Name)) return parameter.LinearModule ?? parameter.Module;
        List<BaseParameter> siblings = @base.TargetedIn(parameter.Module, config);
        return parameter.Module + string.Concat(Enumerable.Repeat(PeftTensor.Wrapper, siblings.Count - 1 - siblings.IndexOf(parameter)));
    }

    // What belongs to an adapted layer lies inside its wrapper.
    internal static string ReplacementName(BaseParameter parameter, Adapter adapter)
    {
        bool wrapped = adapter.Pairs.Any(pair => pair.Parameter.LinearModule == parameter.Module);
        return wrapped ? $"{parameter.Module}{PeftTensor.Wrapper}{parameter.Name[parameter.Module.Length..]}" : parameter.Name;
    }

    static void Add(SafetensorsWriter writer, string name, long[] shape, float[] values, TensorType type) =>
        writer.AddTensor(PeftTensor.Prefix + name, type, shape, stream => Factors.Write(stream, values, type));

    static void WriteConfig(Stream stream, AdapterConfig config)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("peft_type", "LORA");
        json.WriteString("task_type", "CAUSAL_LM");
        json.WriteString("base_model_name_or_path", config.BaseModel);
        // Whose order of expert factors this is.
        json.WriteString("peft_version", "0.21.2");
        json.WriteBoolean("inference_mode", true);
        json.WriteNumber("r", config.Rank);
        json.WriteNumber("lora_alpha", config.Alpha);
        json.WriteNumber("lora_dropout", config.Dropout);
        json.WriteBoolean("use_rslora", config.RankStabilized);
        json.WriteBoolean("use_dora", config.Dora);
        json.WriteBoolean("lora_bias", config.LoraBias);
        json.WriteString("bias", config.Bias switch { AdapterBias.All => "all", AdapterBias.LoraOnly => "lora_only", _ => "none" });
        json.WriteBoolean("fan_in_fan_out", false);
        json.WriteBoolean("init_lora_weights", true);
        json.WriteStartObject("rank_pattern");
        foreach ((string name, int rank) in config.RankPattern) json.WriteNumber(name, rank);
        json.WriteEndObject();
        json.WriteStartObject("alpha_pattern");
        foreach ((string name, double alpha) in config.AlphaPattern) json.WriteNumber(name, alpha);
        json.WriteEndObject();
        if (config.AllLinear) json.WriteString("target_modules", "all-linear");
        else Write(json, "target_modules", config.TargetModules);
        Write(json, "exclude_modules", config.ExcludeModules);
        Write(json, "layers_to_transform", config.Layers, (writer, layer) => writer.WriteNumberValue(layer));
        Write(json, "layers_pattern", Some(config.LayersPattern), (writer, name) => writer.WriteStringValue(name));
        Write(json, "target_parameters", Some(config.TargetParameters), (writer, name) => writer.WriteStringValue(name));
        Write(json, "modules_to_save", Some(config.ModulesToSave), (writer, name) => writer.WriteStringValue(name));
        if (config.TokenRows.TryGetValue("", out int[]? rows)) Write(json, "trainable_token_indices", rows, (writer, row) => writer.WriteNumberValue(row));
        else if (config.TokenRows.Count > 0)
        {
            json.WriteStartObject("trainable_token_indices");
            foreach ((string module, int[] indices) in config.TokenRows) Write(json, module, indices, (writer, row) => writer.WriteNumberValue(row));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    static IReadOnlyList<string>? Some(IReadOnlyList<string> names) => names.Count > 0 ? names : null;

    static void Write(Utf8JsonWriter json, string key, ModuleSelection? selection)
    {
        if (selection?.Pattern is { } pattern) json.WriteString(key, pattern);
        else Write(json, key, selection?.Names, (writer, name) => writer.WriteStringValue(name));
    }

    static void Write<T>(Utf8JsonWriter json, string key, IReadOnlyList<T>? values, Action<Utf8JsonWriter, T> write)
    {
        if (values is null)
        {
            json.WriteNull(key);
            return;
        }

        json.WriteStartArray(key);
        foreach (T value in values) write(json, value);
        json.WriteEndArray();
    }
}
