using Poise.Core.Layers;

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
