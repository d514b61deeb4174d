using System.Globalization;
using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>Gemma 2: windows on every second layer, soft caps, four norms a layer.</summary>
public sealed record Gemma2Config : ModelConfig
{
    public const string Name = "gemma2";

    public override string Architecture => Name;

    /// <summary>Rows of the gate and of the up matrix.</summary>
    public required int IntermediateSize { get; init; }

    public required float RmsEpsilon { get; init; }
    public required double RopeBase { get; init; }
    public required RopeScaling RopeScaling { get; init; }
    public required LayerWindows Windows { get; init; }

    /// <summary>Scores are divided by its square root.</summary>
    public required double QueryScalar { get; init; }

    /// <summary>Scores s become cap tanh(s / cap); 0 for none.</summary>
    public required float ScoreCap { get; init; }

    /// <summary>The same for logits.</summary>
    public required float LogitCap { get; init; }

    /// <summary>Whether the embedding table is the output matrix too, as it is unless an adapter was merged into one of them.</summary>
    public required bool Tied { get; init; }

    public override int WindowOf(int layer) => Windows[layer];

    /// <summary>With a checkpoint, the presence of lm_head.weight decides whether the embeddings are tied, whatever config.json says.</summary>
    public static Gemma2Config FromHuggingFace(JsonConfig config, Checkpoint? checkpoint = null)
    {
        HuggingFaceKeys.CheckQuantization(config);
        // hidden_act, where it is there too, is a leftover that the published code does not read.
        if (config.FindString("hidden_activation") is { } activation and not "gelu_pytorch_tanh")
            throw config.Error("hidden_activation", $"expected gelu_pytorch_tanh, found '{activation}'");
        if (config.FindBool("attention_bias") == true) throw config.Error("attention_bias", "expected false for Gemma 2, found true");
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers);
        int context = config.GetInteger("max_position_embeddings", 1, ConfigRules.MaximumSize);
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 10000, context);
        return Checked(config.File, "num_attention_heads", "num_key_value_heads", new Gemma2Config
        {
            Layers = layers,
            HiddenSize = config.GetInteger("hidden_size", 1, ConfigRules.MaximumSize),
            VocabularySize = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize),
            ContextLength = context,
            Heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads),
            KeyValueHeads = config.GetInteger("num_key_value_heads", 1, ConfigRules.MaximumHeads),
            HeadSize = config.GetInteger("head_dim", 1, ConfigRules.MaximumSize),
            IntermediateSize = config.GetInteger("intermediate_size", 1, ConfigRules.MaximumSize),
            RmsEpsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps") ?? 1e-6),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            Windows = HuggingFaceKeys.Windows(config, layers, config.GetInteger("sliding_window", 1, ConfigRules.MaximumSize)),
            QueryScalar = Scalar(config.File, "query_pre_attn_scalar", config.FindNumber("query_pre_attn_scalar") ?? 256),
            ScoreCap = Cap(config, "attn_logit_softcapping", 50),
            LogitCap = Cap(config, "final_logit_softcapping", 30),
            Tied = checkpoint is null ? config.FindBool("tie_word_embeddings") ?? true : !checkpoint.Has(HeadName),
        });
    }

    /// <summary>
    /// Which layers have windows is not in the file, nor is the query scalar: it is the head size, but in the shape of the 27b model
    /// (46 layers) the width shared out among the heads.
    /// </summary>
    public static Gemma2Config FromGguf(GgufMetadata metadata, Checkpoint checkpoint)
    {
        var keys = new GgufKeys(metadata, checkpoint);
        int layers = keys.Integer("block_count", 1, ConfigRules.MaximumLayers);
        int hidden = keys.Integer("embedding_length", 1, ConfigRules.MaximumSize);
        int context = keys.Integer("context_length", 1, ConfigRules.MaximumSize);
        int heads = keys.Integer("attention.head_count", 1, ConfigRules.MaximumHeads);
        int headSize = keys.HeadSize(hidden, heads);
        (double rotaryBase, RopeScaling scaling) = keys.Rope(headSize, context, truncate: true);
        return Checked(keys.File, keys.Key("attention.head_count"), keys.Key("attention.head_count_kv"), new Gemma2Config
        {
            Layers = layers,
            HiddenSize = hidden,
            VocabularySize = keys.VocabularySize(hidden),
            ContextLength = context,
            Heads = heads,
            KeyValueHeads = keys.FindInteger("attention.head_count_kv", 1, ConfigRules.MaximumHeads) ?? heads,
            HeadSize = headSize,
            IntermediateSize = keys.Integer("feed_forward_length", 1, ConfigRules.MaximumSize),
            RmsEpsilon = keys.Epsilon("attention.layer_norm_rms_epsilon"),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            Windows = LayerWindows.Alternating(layers, keys.FindInteger("attention.sliding_window", 1, ConfigRules.MaximumSize) ?? 4096),
            QueryScalar = layers == 46 ? (double)hidden / heads : headSize,
            ScoreCap = Cap(keys.File, keys.Key("attn_logit_softcapping"), keys.FindNumber("attn_logit_softcapping") ?? 50),
            LogitCap = Cap(keys.File, keys.Key("final_logit_softcapping"), keys.FindNumber("final_logit_softcapping") ?? 30),
            Tied = !keys.HasTensor("output.weight"),
        });
    }

    const string HeadName = "lm_head.weight";

    // Absent is the class default of transformers, null is none.
    static float Cap(JsonConfig config, string key, double absent) =>
        Cap(config.File, key, config.FindNumber(key) ?? (config.Keys.Contains(key, StringComparer.Ordinal) ? 0 : absent));

    static float Cap(string file, string field, double value) => value is 0 or (>= 1e-3 and <= 1e6) ? (float)value
        : throw new ModelFileException(file, field, string.Create(CultureInfo.InvariantCulture, $"expected a number from 0.001 to 1000000, or 0 for no cap, found {value}"));

    static double Scalar(string file, string field, double value) => value is >= 1e-3 and <= 1e9 ? value
        : throw new ModelFileException(file, field, string.Create(CultureInfo.InvariantCulture, $"expected a number from 0.001 to 1e9, found {value}"));

    static Gemma2Config Checked(string file, string headsField, string keyValueField, Gemma2Config config)
    {
        ConfigRules.CheckHeads(file, headsField, keyValueField, config.Heads, config.KeyValueHeads, config.HeadSize, rotary: true);
        return config;
    }
}
