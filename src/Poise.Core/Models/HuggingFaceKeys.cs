using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>What config.json states in the same way for every family, in its older and newer key forms.</summary>
static class HuggingFaceKeys
{
    /// <summary>Rotary base and scaling: rope_theta and rope_scaling at the top (older), or both inside rope_parameters (transformers 5).</summary>
    public static (double Base, RopeScaling Scaling) Rope(JsonConfig config, double defaultBase, int contextLength)
    {
        string key = config.Has("rope_parameters") ? "rope_parameters" : "rope_scaling";
        JsonConfig? block = config.FindObject(key);
        double rotaryBase = block?.FindNumber("rope_theta") ?? config.FindNumber("rope_theta") ?? defaultBase;
        if (rotaryBase is not (> 1 and <= 1e15)) throw config.Error("rope_theta", $"expected a number above 1, found {rotaryBase}");
        if ((block?.FindNumber("partial_rotary_factor") ?? config.FindNumber("partial_rotary_factor")) is { } partial && partial != 1)
            throw config.Error("partial_rotary_factor", $"expected 1 (the whole head is rotated), found {partial}");
        if (block is null) return (rotaryBase, RopeScaling.None);
        if (block.FindObjectIfObject("full_attention") is not null || block.FindObjectIfObject("sliding_attention") is not null)
            throw config.Error(key, "settings per kind of layer are not supported for this architecture");
        string kind = block.FindString("rope_type") ?? block.FindString("type") ?? "default";
        RopeScaling scaling = kind switch
        {
            "default" => RopeScaling.None,
            "linear" => new RopeScaling { Kind = RopeScalingKind.Linear, Factor = block.GetNumber("factor") },
            "llama3" => RopeScaling.Llama3(block.GetNumber("factor"), block.GetNumber("low_freq_factor"), block.GetNumber("high_freq_factor"),
                block.GetInteger("original_max_position_embeddings", 1, ConfigRules.MaximumSize)),
            "yarn" => Yarn(block, contextLength),
            _ => throw block.Error("rope_type", $"scaling '{kind}' is not supported; expected default, linear, llama3 or yarn"),
        };
        return (rotaryBase, scaling.Check(config.File, key));
    }

    /// <summary>Refuses weight encodings that config.json declares and the architecture's files cannot have.</summary>
    public static void CheckQuantization(JsonConfig config, params string[] supported)
    {
        if (config.FindObject("quantization_config") is not { } block) return;
        string method = block.FindString("quant_method") ?? "unnamed";
        if (!supported.Contains(method, StringComparer.Ordinal))
            throw block.Error("quant_method", $"weights quantised by '{method}' are not supported; "
                + (supported.Length == 0 ? "use the unquantised weights or a GGUF file" : $"expected {string.Join(", ", supported)}, unquantised weights or a GGUF file"));
    }

    /// <summary>Allows F8_E4M3 codes with a factor for each square of 128 x 128. A matrix of codes without factors would be read as something else.</summary>
    public static void CheckFp8(JsonConfig config, Checkpoint? checkpoint)
    {
        CheckQuantization(config, "fp8");
        if (config.FindObject("quantization_config") is not { } block) return;
        if (block.FindString("fmt") is { } format and not "e4m3") throw block.Error("fmt", $"expected e4m3, found '{format}'");
        if (block.FindIntegers("weight_block_size") is not [128, 128]) throw block.Error("weight_block_size", "expected [128, 128]");
        if (checkpoint?.Tensors.FirstOrDefault(t => t.Type == TensorType.F8_E4M3 && !checkpoint.Has($"{t.Name}_scale_inv")) is { } bare)
            throw new ModelFileException(bare.File, bare.Name, $"its factors {bare.Name}_scale_inv are missing");
    }

    /// <summary>The windows that layer_types states; without it layers 0, 2, 4, … have one.</summary>
    public static LayerWindows Windows(JsonConfig config, int layers, int window)
    {
        if (config.FindStrings("layer_types") is not { } types) return LayerWindows.Alternating(layers, window);
        if (types.Length != layers) throw config.Error("layer_types", $"expected {layers} entries, one a layer, found {types.Length}");
        return new LayerWindows(types.Select(type => type switch
        {
            "sliding_attention" => window > 0 ? window : throw config.Error("sliding_window", "expected at least 1: a layer has a sliding window"),
            "full_attention" => 0,
            _ => throw config.Error("layer_types", $"expected sliding_attention or full_attention, found '{type}'"),
        }));
    }

    static RopeScaling Yarn(JsonConfig block, int contextLength)
    {
        double factor = block.GetNumber("factor");
        double? attention = block.FindNumber("attention_factor");
        if (attention is null && block.FindNumber("mscale") is { } scale and not 0 && block.FindNumber("mscale_all_dim") is { } all and not 0)
            attention = RopeScaling.Magnitude(factor, scale) / RopeScaling.Magnitude(factor, all);
        return RopeScaling.Yarn(
            factor,
            (int)(block.FindInteger("original_max_position_embeddings", 1, ConfigRules.MaximumSize) ?? contextLength),
            block.FindNumber("beta_fast") ?? 32,
            block.FindNumber("beta_slow") ?? 1,
            block.FindBool("truncate") ?? true,
            attention);
    }
}
