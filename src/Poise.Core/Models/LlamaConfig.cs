using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>Llama 2, 3, 3.1 and later; dense models that other publishers ship under the same names.</summary>
public sealed record LlamaConfig : ModelConfig
{
    public const string Name = "llama";

    public override string Architecture => Name;

    /// <summary>Rows of the gate and of the up matrix.</summary>
    public required int IntermediateSize { get; init; }

    public required float RmsEpsilon { get; init; }
    public required double RopeBase { get; init; }
    public required RopeScaling RopeScaling { get; init; }

    /// <summary>Whether the embedding table is the output matrix too.</summary>
    public required bool Tied { get; init; }

    /// <summary>Whether q, k, v and o have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether gate, up and down have biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>With a checkpoint, the presence of lm_head.weight decides whether the embeddings are tied, whatever config.json says.</summary>
    public static LlamaConfig FromHuggingFace(JsonConfig config, Checkpoint? checkpoint = null)
    {
        HuggingFaceKeys.CheckQuantization(config);
        if (config.FindString("hidden_act") is { } activation and not ("silu" or "swish"))
            throw config.Error("hidden_act", $"expected silu, found '{activation}'");
        int hidden = config.GetInteger("hidden_size", 1, ConfigRules.MaximumSize);
        int heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads);
        int context = (int)(config.FindInteger("max_position_embeddings", 1, ConfigRules.MaximumSize) ?? 2048);
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 10000, context);
        int? headSize = (int?)config.FindInteger("head_dim", 1, ConfigRules.MaximumSize);
        return Checked(config.File, "num_attention_heads", "num_key_value_heads", new LlamaConfig
        {
            Layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers),
            HiddenSize = hidden,
            VocabularySize = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize),
            ContextLength = context,
            Heads = heads,
            KeyValueHeads = (int)(config.FindInteger("num_key_value_heads", 1, ConfigRules.MaximumHeads) ?? heads),
            HeadSize = ConfigRules.HeadSize(config.File, "num_attention_heads", headSize, hidden, heads),
            IntermediateSize = config.GetInteger("intermediate_size", 1, ConfigRules.MaximumSize),
            // The class default of transformers; the first Llama files leave it out.
            RmsEpsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps") ?? 1e-6),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            Tied = checkpoint is null ? config.FindBool("tie_word_embeddings") ?? false : !checkpoint.Has("lm_head.weight"),
            AttentionBias = config.FindBool("attention_bias") ?? false,
            MlpBias = config.FindBool("mlp_bias") ?? false,
        });
    }

    public static LlamaConfig FromGguf(GgufMetadata metadata, Checkpoint checkpoint)
    {
        var keys = new GgufKeys(metadata, checkpoint);
        // Mixtral and its kind share this architecture name in GGUF.
        if (keys.FindInteger("expert_count", 0, ConfigRules.MaximumExperts) is > 0 and var experts)
            throw new ModelFileException(keys.File, keys.Key("expert_count"), $"a Llama with {experts} experts (Mixtral) is not supported; Poise runs {Architectures.Supported}");
        int layers = keys.Integer("block_count", 1, ConfigRules.MaximumLayers);
        int hidden = keys.Integer("embedding_length", 1, ConfigRules.MaximumSize);
        int context = keys.Integer("context_length", 1, ConfigRules.MaximumSize);
        int heads = keys.Integer("attention.head_count", 1, ConfigRules.MaximumHeads);
        int headSize = keys.HeadSize(hidden, heads);
        (double rotaryBase, RopeScaling scaling) = keys.Rope(headSize, context, truncate: true);
        return Checked(keys.File, keys.Key("attention.head_count"), keys.Key("attention.head_count_kv"), new LlamaConfig
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
            Tied = !keys.HasTensor("output.weight"),
            AttentionBias = keys.HasTensor("blk.0.attn_q.bias") || keys.HasTensor("blk.0.attn_qkv.bias"),
            MlpBias = keys.HasTensor("blk.0.ffn_up.bias"),
        });
    }

    static LlamaConfig Checked(string file, string headsField, string keyValueField, LlamaConfig config)
    {
        ConfigRules.CheckHeads(file, headsField, keyValueField, config.Heads, config.KeyValueHeads, config.HeadSize, rotary: true);
        return config;
    }
}
