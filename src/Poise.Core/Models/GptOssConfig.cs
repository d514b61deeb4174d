using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>gpt-oss: every layer a mixture of experts, sinks in every head, windows on some layers.</summary>
public sealed record GptOssConfig : ModelConfig
{
    public const string Name = "gpt-oss";

    public override string Architecture => Name;

    /// <summary>Width of one expert: rows of its gate and of its up matrix.</summary>
    public required int IntermediateSize { get; init; }

    public required int ExpertCount { get; init; }
    public required int ExpertsPerToken { get; init; }
    public required float RmsEpsilon { get; init; }
    public required double RopeBase { get; init; }
    public required RopeScaling RopeScaling { get; init; }
    public required LayerWindows Windows { get; init; }

    /// <summary>Gate is clamped from above and up from both sides at this value.</summary>
    public float SwigluLimit { get; init; } = 7;

    /// <summary>gate * sigmoid(alpha * gate).</summary>
    public float SwigluAlpha { get; init; } = 1.702f;

    public override int WindowOf(int layer) => Windows[layer];

    public override int Experts => ExpertCount;

    public override int ActiveExperts => ExpertsPerToken;

    public static GptOssConfig FromHuggingFace(JsonConfig config, Checkpoint? checkpoint = null)
    {
        _ = checkpoint; // never tied: lm_head.weight must be there, which the loader finds out
        HuggingFaceKeys.CheckQuantization(config, "mxfp4");
        if (config.FindBool("tie_word_embeddings") == true) throw config.Error("tie_word_embeddings", "expected false for gpt-oss, found true");
        if (config.FindBool("attention_bias") == false) throw config.Error("attention_bias", "expected true for gpt-oss, found false");
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers);
        int context = config.GetInteger("max_position_embeddings", 1, ConfigRules.MaximumSize);
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 150000, context);
        int window = (int)(config.FindInteger("sliding_window", 0, ConfigRules.MaximumSize) ?? 0);
        return Checked(config.File, new GptOssConfig
        {
            Layers = layers,
            HiddenSize = config.GetInteger("hidden_size", 1, ConfigRules.MaximumSize),
            VocabularySize = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize),
            ContextLength = context,
            Heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads),
            KeyValueHeads = config.GetInteger("num_key_value_heads", 1, ConfigRules.MaximumHeads),
            HeadSize = config.GetInteger("head_dim", 1, ConfigRules.MaximumSize),
            IntermediateSize = config.GetInteger("intermediate_size", 1, ConfigRules.MaximumSize),
            ExpertCount = config.GetInteger("num_local_experts", 1, ConfigRules.MaximumExperts),
            // Published files carry both keys with the same value.
            ExpertsPerToken = config.GetInteger(config.Has("num_experts_per_tok") ? "num_experts_per_tok" : "experts_per_token", 1, ConfigRules.MaximumExperts),
            RmsEpsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps")),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            Windows = HuggingFaceKeys.Windows(config, layers, window),
            SwigluLimit = (float)(config.FindNumber("swiglu_limit") ?? 7),
            SwigluAlpha = (float)(config.FindNumber("swiglu_alpha") ?? 1.702),
        });
    }

    /// <summary>OpenAI's own layout. Its config.json has neither epsilon nor maximum context: 1e-5, and the first context times the YaRN factor.</summary>
    public static GptOssConfig FromOriginal(JsonConfig config)
    {
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers);
        int original = config.GetInteger("initial_context_length", 1, ConfigRules.MaximumSize);
        double factor = config.FindNumber("rope_scaling_factor") ?? 1;
        double context = original * factor;
        if (context is not (>= 1 and <= ConfigRules.MaximumSize)) throw config.Error("rope_scaling_factor", $"a context of {context} tokens is not possible");
        double rotaryBase = config.GetNumber("rope_theta");
        if (rotaryBase is not (> 1 and <= 1e15)) throw config.Error("rope_theta", $"expected a number above 1, found {rotaryBase}");
        return Checked(config.File, new GptOssConfig
        {
            Layers = layers,
            HiddenSize = config.GetInteger("hidden_size", 1, ConfigRules.MaximumSize),
            VocabularySize = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize),
            ContextLength = (int)context,
            Heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads),
            KeyValueHeads = config.GetInteger("num_key_value_heads", 1, ConfigRules.MaximumHeads),
            HeadSize = config.GetInteger("head_dim", 1, ConfigRules.MaximumSize),
            IntermediateSize = config.GetInteger("intermediate_size", 1, ConfigRules.MaximumSize),
            ExpertCount = config.GetInteger("num_experts", 1, ConfigRules.MaximumExperts),
            ExpertsPerToken = config.GetInteger("experts_per_token", 1, ConfigRules.MaximumExperts),
            RmsEpsilon = 1e-5f,
            RopeBase = rotaryBase,
            // rope_ntk_beta is YaRN's fast bound, rope_ntk_alpha its slow one; the original code rounds neither.
            RopeScaling = RopeScaling.Yarn(factor, original, config.FindNumber("rope_ntk_beta") ?? 32, config.FindNumber("rope_ntk_alpha") ?? 1, truncate: false)
                .Check(config.File, "rope_scaling_factor"),
            Windows = LayerWindows.Alternating(layers, config.GetInteger("sliding_window", 0, ConfigRules.MaximumSize)),
            SwigluLimit = (float)(config.FindNumber("swiglu_limit") ?? 7),
        });
    }

    /// <summary>The window pattern, the clamp and the unrounded YaRN corners are not in the file: they belong to the architecture.</summary>
    public static GptOssConfig FromGguf(GgufMetadata metadata, Checkpoint checkpoint)
    {
        var keys = new GgufKeys(metadata, checkpoint);
        int layers = keys.Integer("block_count", 1, ConfigRules.MaximumLayers);
        int hidden = keys.Integer("embedding_length", 1, ConfigRules.MaximumSize);
        int context = keys.Integer("context_length", 1, ConfigRules.MaximumSize);
        int heads = keys.Integer("attention.head_count", 1, ConfigRules.MaximumHeads);
        int headSize = keys.HeadSize(hidden, heads);
        (double rotaryBase, RopeScaling scaling) = keys.Rope(headSize, context, truncate: false);
        return Checked(keys.File, new GptOssConfig
        {
            Layers = layers,
            HiddenSize = hidden,
            VocabularySize = keys.VocabularySize(hidden),
            ContextLength = context,
            Heads = heads,
            KeyValueHeads = keys.FindInteger("attention.head_count_kv", 1, ConfigRules.MaximumHeads) ?? heads,
            HeadSize = headSize,
            IntermediateSize = keys.FindInteger("expert_feed_forward_length", 1, ConfigRules.MaximumSize) ?? keys.Integer("feed_forward_length", 1, ConfigRules.MaximumSize),
            ExpertCount = keys.Integer("expert_count", 1, ConfigRules.MaximumExperts),
            ExpertsPerToken = keys.Integer("expert_used_count", 1, ConfigRules.MaximumExperts),
            RmsEpsilon = keys.Epsilon("attention.layer_norm_rms_epsilon"),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            Windows = LayerWindows.Alternating(layers, keys.Integer("attention.sliding_window", 0, ConfigRules.MaximumSize)),
        });
    }

    static GptOssConfig Checked(string file, GptOssConfig config)
    {
        ConfigRules.CheckHeads(file, "attention heads", "key-value heads", config.Heads, config.KeyValueHeads, config.HeadSize, rotary: true);
        if (config.ExpertsPerToken > config.ExpertCount)
            throw new ModelFileException(file, "experts per token", $"expected at most {config.ExpertCount}, the experts of a layer, found {config.ExpertsPerToken}");
        if (!(config.SwigluLimit > 0)) throw new ModelFileException(file, "swiglu_limit", $"expected a number above 0, found {config.SwigluLimit}");
        return config;
    }
}
