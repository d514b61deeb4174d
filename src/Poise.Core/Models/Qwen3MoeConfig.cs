using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>Qwen 3 with experts: norms of query and key heads, a mixture in every layer but some.</summary>
public sealed record Qwen3MoeConfig : ModelConfig
{
    public const string Name = "qwen3moe";

    public override string Architecture => Name;

    /// <summary>Width of the layers without experts; 0 where every layer has experts.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Width of one expert.</summary>
    public required int ExpertSize { get; init; }

    public required int ExpertCount { get; init; }
    public required int ExpertsPerToken { get; init; }

    /// <summary>Whether the probabilities of the chosen experts are divided by their sum.</summary>
    public required bool Normalise { get; init; }

    /// <summary>Layers without experts.</summary>
    public required LayerSet DenseLayers { get; init; }

    public required float RmsEpsilon { get; init; }
    public required double RopeBase { get; init; }
    public required RopeScaling RopeScaling { get; init; }

    /// <summary>Whether q, k, v and o have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the embedding table is the output matrix too.</summary>
    public required bool Tied { get; init; }

    public override int Experts => ExpertCount;

    public override int ActiveExperts => ExpertsPerToken;

    /// <summary>With a checkpoint, the presence of lm_head.weight decides whether the embeddings are tied, whatever config.json says.</summary>
    public static Qwen3MoeConfig FromHuggingFace(JsonConfig config, Checkpoint? checkpoint = null)
    {
        HuggingFaceKeys.CheckFp8(config, checkpoint);
        if (config.FindString("hidden_act") is { } activation and not ("silu" or "swish")) throw config.Error("hidden_act", $"expected silu, found '{activation}'");
        if (config.FindBool("use_sliding_window") == true) throw config.Error("use_sliding_window", "expected false for Qwen 3 with experts, found true");
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers);
        int hidden = config.GetInteger("hidden_size", 1, ConfigRules.MaximumSize);
        int heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads);
        int context = config.GetInteger("max_position_embeddings", 1, ConfigRules.MaximumSize);
        int step = (int)(config.FindInteger("decoder_sparse_step", 1, ConfigRules.MaximumLayers) ?? 1);
        long[] dense = config.FindIntegers("mlp_only_layers") ?? [];
        LayerSet without = new(Enumerable.Range(0, layers).Where(n => (n + 1) % step != 0 || dense.Contains(n)));
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 1000000, context);
        return Checked(config.File, "num_attention_heads", "num_key_value_heads", "num_experts_per_tok", new Qwen3MoeConfig
        {
            Layers = layers,
            HiddenSize = hidden,
            VocabularySize = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize),
            ContextLength = context,
            Heads = heads,
            KeyValueHeads = config.GetInteger("num_key_value_heads", 1, ConfigRules.MaximumHeads),
            HeadSize = ConfigRules.HeadSize(config.File, "num_attention_heads", (int?)config.FindInteger("head_dim", 1, ConfigRules.MaximumSize), hidden, heads),
            IntermediateSize = without.Equals(new LayerSet([])) ? 0 : config.GetInteger("intermediate_size", 1, ConfigRules.MaximumSize),
            ExpertSize = config.GetInteger("moe_intermediate_size", 1, ConfigRules.MaximumSize),
            ExpertCount = config.GetInteger("num_experts", 1, ConfigRules.MaximumExperts),
            ExpertsPerToken = config.GetInteger("num_experts_per_tok", 1, ConfigRules.MaximumExperts),
            // The class default of transformers; every release says true.
            Normalise = config.FindBool("norm_topk_prob") ?? false,
            DenseLayers = without,
            RmsEpsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps") ?? 1e-6),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            AttentionBias = config.FindBool("attention_bias") ?? false,
            Tied = checkpoint is null ? config.FindBool("tie_word_embeddings") ?? false : !checkpoint.Has("lm_head.weight"),
        });
    }

    /// <summary>No key says which layers have no experts: those without a router.</summary>
    public static Qwen3MoeConfig FromGguf(GgufMetadata metadata, Checkpoint checkpoint)
    {
        var keys = new GgufKeys(metadata, checkpoint);
        int layers = keys.Integer("block_count", 1, ConfigRules.MaximumLayers);
        int hidden = keys.Integer("embedding_length", 1, ConfigRules.MaximumSize);
        int context = keys.Integer("context_length", 1, ConfigRules.MaximumSize);
        int heads = keys.Integer("attention.head_count", 1, ConfigRules.MaximumHeads);
        int headSize = keys.HeadSize(hidden, heads);
        LayerSet without = new(Enumerable.Range(0, layers).Where(n => !keys.HasTensor($"blk.{n}.ffn_gate_inp.weight")));
        (double rotaryBase, RopeScaling scaling) = keys.Rope(headSize, context, truncate: true);
        return Checked(keys.File, keys.Key("attention.head_count"), keys.Key("attention.head_count_kv"), keys.Key("expert_used_count"), new Qwen3MoeConfig
        {
            Layers = layers,
            HiddenSize = hidden,
            VocabularySize = keys.VocabularySize(hidden),
            ContextLength = context,
            Heads = heads,
            KeyValueHeads = keys.FindInteger("attention.head_count_kv", 1, ConfigRules.MaximumHeads) ?? heads,
            HeadSize = headSize,
            IntermediateSize = without.Equals(new LayerSet([])) ? 0 : keys.Integer("feed_forward_length", 1, ConfigRules.MaximumSize),
            ExpertSize = keys.FindInteger("expert_feed_forward_length", 1, ConfigRules.MaximumSize) ?? keys.Integer("feed_forward_length", 1, ConfigRules.MaximumSize),
            ExpertCount = keys.Integer("expert_count", 1, ConfigRules.MaximumExperts),
            ExpertsPerToken = keys.Integer("expert_used_count", 1, ConfigRules.MaximumExperts),
            // llama.cpp always does, and its converter writes no key.
            Normalise = keys.FindBool("expert_weights_norm") ?? true,
            DenseLayers = without,
            RmsEpsilon = keys.Epsilon("attention.layer_norm_rms_epsilon"),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            AttentionBias = keys.HasTensor("blk.0.attn_q.bias") || keys.HasTensor("blk.0.attn_qkv.bias"),
            Tied = !keys.HasTensor("output.weight"),
        });
    }

    static Qwen3MoeConfig Checked(string file, string headsField, string keyValueField, string chosenField, Qwen3MoeConfig config)
    {
        ConfigRules.CheckHeads(file, headsField, keyValueField, config.Heads, config.KeyValueHeads, config.HeadSize, rotary: true);
        if (config.ExpertsPerToken > config.ExpertCount)
            throw new ModelFileException(file, chosenField, $"expected at most {config.ExpertCount}, the experts of a layer, found {config.ExpertsPerToken}");
        return config;
    }
}
