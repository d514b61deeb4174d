using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>GPT-2: learned positions, LayerNorm, biases everywhere, tied embeddings.</summary>
public sealed record Gpt2Config : ModelConfig
{
    public const string Name = "gpt2";

    public override string Architecture => Name;

    /// <summary>Width of the feed-forward block.</summary>
    public required int InnerSize { get; init; }

    public required float LayerNormEpsilon { get; init; }

    /// <summary>Whether attention scores of layer k are divided by k+1 too. False in every released model.</summary>
    public bool ScaleAttentionByInverseLayerIndex { get; init; }

    public static Gpt2Config FromHuggingFace(JsonConfig config, Checkpoint? checkpoint = null)
    {
        _ = checkpoint; // an output matrix in the file is a copy of the embeddings
        HuggingFaceKeys.CheckQuantization(config);
        if (config.FindString("activation_function") is { } activation and not ("gelu_new" or "gelu_pytorch_tanh"))
            throw config.Error("activation_function", $"expected gelu_new, found '{activation}'");
        if (config.FindBool("scale_attn_weights") == false) throw config.Error("scale_attn_weights", "expected true, found false");
        if (config.FindBool("add_cross_attention") == true) throw config.Error("add_cross_attention", "expected false, found true");
        int hidden = config.GetInteger("n_embd", 1, ConfigRules.MaximumSize);
        int heads = config.GetInteger("n_head", 1, ConfigRules.MaximumHeads);
        return Checked(config.File, "n_head", new Gpt2Config
        {
            Layers = config.GetInteger("n_layer", 1, ConfigRules.MaximumLayers),
            HiddenSize = hidden,
            VocabularySize = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize),
            // n_positions is the height of the position table; n_ctx is its older name.
            ContextLength = config.GetInteger(config.Has("n_positions") ? "n_positions" : "n_ctx", 1, ConfigRules.MaximumSize),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = ConfigRules.HeadSize(config.File, "n_head", null, hidden, heads),
            InnerSize = (int)(config.FindInteger("n_inner", 1, ConfigRules.MaximumSize) ?? 4L * hidden),
            LayerNormEpsilon = ConfigRules.Epsilon(config.File, "layer_norm_epsilon", config.FindNumber("layer_norm_epsilon") ?? 1e-5),
            ScaleAttentionByInverseLayerIndex = config.FindBool("scale_attn_by_inverse_layer_idx") ?? false,
        });
    }

    public static Gpt2Config FromGguf(GgufMetadata metadata, Checkpoint checkpoint)
    {
        var keys = new GgufKeys(metadata, checkpoint);
        int hidden = keys.Integer("embedding_length", 1, ConfigRules.MaximumSize);
        int heads = keys.Integer("attention.head_count", 1, ConfigRules.MaximumHeads);
        return Checked(keys.File, keys.Key("attention.head_count"), new Gpt2Config
        {
            Layers = keys.Integer("block_count", 1, ConfigRules.MaximumLayers),
            HiddenSize = hidden,
            VocabularySize = keys.VocabularySize(hidden),
            ContextLength = keys.Integer("context_length", 1, ConfigRules.MaximumSize),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = ConfigRules.HeadSize(keys.File, keys.Key("attention.head_count"), null, hidden, heads),
            InnerSize = keys.Integer("feed_forward_length", 1, ConfigRules.MaximumSize),
            LayerNormEpsilon = keys.Epsilon("attention.layer_norm_epsilon"),
        });
    }

    static Gpt2Config Checked(string file, string headsField, Gpt2Config config)
    {
        if (config.InnerSize > ConfigRules.MaximumSize)
            throw new ModelFileException(file, "n_inner", $"expected at most {ConfigRules.MaximumSize}, found {config.InnerSize}");
        ConfigRules.CheckHeads(file, headsField, headsField, config.Heads, config.KeyValueHeads, config.HeadSize, rotary: false);
        return config;
    }
}
