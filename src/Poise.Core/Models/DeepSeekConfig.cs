using System.Globalization;
using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>DeepSeek-V2, V3 and R1: latent attention; dense layers first, then mixtures with shared experts.</summary>
public sealed record DeepSeekConfig : ModelConfig
{
    public const string Name = "deepseek2";

    public override string Architecture => Name;

    /// <summary>Queries come from a latent of this size; 0 where they are projected at once.</summary>
    public required int QueryRank { get; init; }

    /// <summary>Size of the latent that keys and values come from.</summary>
    public required int LatentRank { get; init; }

    /// <summary>Elements of a head's key that rotate; they are the same for all heads, and the last of the key.</summary>
    public required int RotarySize { get; init; }

    public required int ValueHeadSize { get; init; }

    /// <summary>Multiplies the scores.</summary>
    public required float ScoreScale { get; init; }

    public required double RopeBase { get; init; }
    public required RopeScaling RopeScaling { get; init; }
    public required float RmsEpsilon { get; init; }

    /// <summary>Layers without experts come first.</summary>
    public required int DenseLayers { get; init; }

    /// <summary>Width of the layers without experts.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Width of one expert.</summary>
    public required int ExpertSize { get; init; }

    public required int ExpertCount { get; init; }
    public required int ExpertsPerToken { get; init; }

    /// <summary>Experts that every token uses; together they are one of so many times the width.</summary>
    public required int SharedExperts { get; init; }

    public required int Groups { get; init; }
    public required int GroupsPerToken { get; init; }

    /// <summary>Whether experts are chosen in the manner of V3: by sigmoids and a bias.</summary>
    public required bool Sigmoid { get; init; }

    /// <summary>Whether the chosen weights are divided by their sum.</summary>
    public required bool Normalise { get; init; }

    public required float RoutedFactor { get; init; }

    /// <summary>Whether q_a, kv_a and o have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Elements of a head's key that do not rotate.</summary>
    public int OwnSize => HeadSize - RotarySize;

    public override int ValueSize => ValueHeadSize;

    public override int Experts => ExpertCount;

    public override int ActiveExperts => ExpertsPerToken;

    /// <summary>The published code gives the norms inside latent attention this default of its class, whatever the configuration says.</summary>
    public const float LatentEpsilon = 1e-6f;

    public static DeepSeekConfig FromHuggingFace(JsonConfig config, Checkpoint? checkpoint = null)
    {
        int Size(string key) => config.GetInteger(key, 1, ConfigRules.MaximumSize);
        HuggingFaceKeys.CheckFp8(config, checkpoint);
        bool second = (config.FindStrings("architectures")?.FirstOrDefault() ?? config.FindString("model_type")) is "DeepseekV2ForCausalLM" or "deepseek_v2";
        if (config.FindString("hidden_act") is { } activation and not ("silu" or "swish")) throw config.Error("hidden_act", $"expected silu, found '{activation}'");
        Expect(config, "scoring_func", second ? ["softmax"] : ["sigmoid"]);
        Expect(config, "topk_method", second ? ["greedy", "group_limited_greedy"] : ["noaux_tc"]);
        if (config.FindBool("rope_interleave") == false) throw config.Error("rope_interleave", "expected true, found false");
        if (config.FindInteger("moe_layer_freq") is { } frequency and not 1) throw config.Error("moe_layer_freq", $"expected 1, found {frequency}");
        bool grouped = !second || config.FindString("topk_method") == "group_limited_greedy";
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers), context = Size("max_position_embeddings");
        int heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads), rotary = Size("qk_rope_head_dim"), size = checked(Size("qk_nope_head_dim") + rotary);
        int experts = config.GetInteger("n_routed_experts", 1, ConfigRules.MaximumExperts), groups = grouped ? config.GetInteger("n_group", 1, experts) : 1;
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 10000, context);
        double all = (config.FindObject("rope_parameters") ?? config.FindObject("rope_scaling"))?.FindNumber("mscale_all_dim") ?? 0;
        return Checked(config.File, "num_attention_heads", "n_group", new DeepSeekConfig
        {
            Layers = layers,
            HiddenSize = Size("hidden_size"),
            VocabularySize = Size("vocab_size"),
            ContextLength = context,
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = size,
            QueryRank = (int)(config.FindInteger("q_lora_rank", 1, ConfigRules.MaximumSize) ?? 0),
            LatentRank = Size("kv_lora_rank"),
            RotarySize = rotary,
            ValueHeadSize = Size("v_head_dim"),
            ScoreScale = Scale(size, scaling, all),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            RmsEpsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps") ?? 1e-6),
            DenseLayers = (int)(config.FindInteger("first_k_dense_replace", 0, layers) ?? 0),
            IntermediateSize = Size("intermediate_size"),
            ExpertSize = Size("moe_intermediate_size"),
            ExpertCount = experts,
            ExpertsPerToken = config.GetInteger("num_experts_per_tok", 1, experts),
            SharedExperts = config.GetInteger("n_shared_experts", 1, 64),
            Groups = groups,
            GroupsPerToken = grouped ? config.GetInteger("topk_group", 1, groups) : 1,
            Sigmoid = !second,
            // The published code of V2 never does, whatever its configuration says.
            Normalise = !second && (config.FindBool("norm_topk_prob") ?? true),
            RoutedFactor = (float)(config.FindNumber("routed_scaling_factor") ?? 1),
            AttentionBias = config.FindBool("attention_bias") ?? false,
        });
    }

    /// <summary>Files come in two generations: keys and values as heads have them, or, with one key-value head, as latents.</summary>
    public static DeepSeekConfig FromGguf(GgufMetadata metadata, Checkpoint checkpoint)
    {
        var keys = new GgufKeys(metadata, checkpoint);
        int Size(string name) => keys.Integer(name, 1, ConfigRules.MaximumSize);
        int layers = keys.Integer("block_count", 1, ConfigRules.MaximumLayers), hidden = Size("embedding_length"), context = Size("context_length");
        int heads = keys.Integer("attention.head_count", 1, ConfigRules.MaximumHeads), rotary = Size("rope.dimension_count");
        string suffix = keys.FindInteger("attention.key_length_mla", 1, ConfigRules.MaximumSize) is null ? "" : "_mla";
        int size = Size($"attention.key_length{suffix}"), experts = keys.Integer("expert_count", 1, ConfigRules.MaximumExperts);
        // 1 softmax, 2 sigmoid; files of V2 do not say, or 0.
        bool sigmoid = keys.FindInteger("expert_gating_func", 0, 2) == 2;
        // Older files leave the groups out: those of V3 and of V2.
        int groups = keys.FindInteger("expert_group_count", 1, experts) ?? (experts is 256 or 160 ? 8 : 1);
        (double rotaryBase, RopeScaling scaling) = keys.Rope(rotary, context, truncate: true);
        double multiplier = 0;
        if (scaling.Kind == RopeScalingKind.Yarn)
        {
            scaling = scaling with { AttentionFactor = 1 };
            const string Multiplier = "rope.scaling.yarn_log_multiplier";
            // The first files of V2 leave it out.
            multiplier = keys.FindNumber(Multiplier) ?? (sigmoid ? throw new ModelFileException(keys.File, keys.Key(Multiplier), "this key is missing; expected a number") : 0.0707);
            if (multiplier is not (>= 0 and <= 100)) throw new ModelFileException(keys.File, keys.Key(Multiplier), string.Create(CultureInfo.InvariantCulture, $"expected 0 to 100, found {multiplier}"));
            // Stored in 32 bits: the decimal number that was meant, as config.json has it.
            multiplier = (double)(decimal)(float)multiplier;
        }

        return Checked(keys.File, keys.Key("attention.head_count"), keys.Key("expert_group_count"), new DeepSeekConfig
        {
            Layers = layers,
            HiddenSize = hidden,
            VocabularySize = keys.VocabularySize(hidden),
            ContextLength = context,
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = size,
            QueryRank = keys.FindInteger("attention.q_lora_rank", 0, ConfigRules.MaximumSize) ?? 0,
            LatentRank = Size("attention.kv_lora_rank"),
            RotarySize = rotary,
            ValueHeadSize = Size($"attention.value_length{suffix}"),
            ScoreScale = Scale(size, scaling, (double)(10 * (decimal)multiplier)),
            RopeBase = rotaryBase,
            RopeScaling = scaling,
            RmsEpsilon = keys.Epsilon("attention.layer_norm_rms_epsilon"),
            DenseLayers = keys.FindInteger("leading_dense_block_count", 0, layers) ?? 0,
            IntermediateSize = Size("feed_forward_length"),
            ExpertSize = Size("expert_feed_forward_length"),
            ExpertCount = experts,
            ExpertsPerToken = keys.Integer("expert_used_count", 1, experts),
            SharedExperts = keys.Integer("expert_shared_count", 1, 64),
            Groups = groups,
            GroupsPerToken = keys.FindInteger("expert_group_used_count", 1, groups) ?? (experts switch { 256 => 4, 160 => 3, _ => groups }),
            Sigmoid = sigmoid,
            Normalise = sigmoid && (keys.FindBool("expert_weights_norm") ?? false),
            RoutedFactor = (float)(keys.FindNumber("expert_weights_scale") ?? 1),
        });
    }

    // Scores shrink less where YaRN stretches: 0.1 t ln f + 1, squared, t being mscale_all_dim.
    static float Scale(int size, RopeScaling scaling, double all)
    {
        double magnitude = scaling.Kind == RopeScalingKind.Yarn ? RopeScaling.Magnitude(scaling.Factor, all) : 1;
        return (float)(magnitude * magnitude / Math.Sqrt(size));
    }

    static void Expect(JsonConfig config, string key, string[] expected)
    {
        if (config.FindString(key) is { } found && !expected.Contains(found, StringComparer.Ordinal)) throw config.Error(key, $"expected {string.Join(" or ", expected)}, found '{found}'");
    }

    static DeepSeekConfig Checked(string file, string headsField, string groupsField, DeepSeekConfig config)
    {
        ConfigRules.CheckHeads(file, headsField, headsField, config.Heads, config.Heads, config.HeadSize, rotary: false);
        ConfigRules.CheckHeads(file, headsField, headsField, config.Heads, config.Heads, config.RotarySize, rotary: true);
        if (config.OwnSize < 1) throw new ModelFileException(file, headsField, $"keys of {config.HeadSize} elements cannot have {config.RotarySize} that rotate and others");
        foreach (long width in (long[])[(long)config.OwnSize + config.ValueHeadSize, config.LatentRank])
            if (width * config.Heads > ConfigRules.MaximumSize) throw new ModelFileException(file, headsField, $"{config.Heads} heads of {width} are too wide");
        if (config.ExpertCount % config.Groups != 0 || config.ExpertsPerToken > config.ExpertCount / config.Groups * config.GroupsPerToken)
            throw new ModelFileException(file, groupsField, $"{config.Groups} groups do not divide {config.ExpertCount} experts so that {config.ExpertsPerToken} can be chosen from {config.GroupsPerToken} groups");
        if (!float.IsFinite(config.ScoreScale) || !float.IsFinite(config.RoutedFactor)) throw new ModelFileException(file, "scaling factors", "expected finite numbers");
        if ((long)config.SharedExperts * config.ExpertSize > ConfigRules.MaximumSize) throw new ModelFileException(file, "shared experts", $"{config.SharedExperts} of {config.ExpertSize} are wider than {ConfigRules.MaximumSize}");
        return config;
    }
}
