using System.Text.Json.Nodes;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>What config.json and GGUF metadata say of Gemma 2, Qwen 3 with experts and DeepSeek beyond what they say of every model.</summary>
static class SyntheticFamilyKeys
{
    public static void AddTo(JsonObject json, ModelConfig config, Func<float, double> shortest)
    {
        switch (config)
        {
            case Gemma2Config c:
                (json["architectures"], json["model_type"]) = (new JsonArray("Gemma2ForCausalLM"), "gemma2");
                (json["hidden_act"], json["hidden_activation"], json["attention_bias"]) = ("gelu_pytorch_tanh", "gelu_pytorch_tanh", false);
                (json["intermediate_size"], json["rms_norm_eps"], json["rope_theta"]) = (c.IntermediateSize, shortest(c.RmsEpsilon), c.RopeBase);
                (json["sliding_window"], json["query_pre_attn_scalar"]) = (c.Windows[0], c.QueryScalar);
                (json["attn_logit_softcapping"], json["final_logit_softcapping"]) = (c.ScoreCap, c.LogitCap);
                break;
            case Qwen3MoeConfig c:
                (json["architectures"], json["model_type"]) = (new JsonArray("Qwen3MoeForCausalLM"), "qwen3_moe");
                (json["rms_norm_eps"], json["rope_theta"], json["tie_word_embeddings"], json["attention_bias"]) = (shortest(c.RmsEpsilon), c.RopeBase, false, false);
                (json["num_experts"], json["num_experts_per_tok"], json["moe_intermediate_size"]) = (c.ExpertCount, c.ExpertsPerToken, c.ExpertSize);
                (json["norm_topk_prob"], json["decoder_sparse_step"], json["mlp_only_layers"]) = (c.Normalise, 1, new JsonArray());
                break;
            case DeepSeekConfig c:
                json.Remove("head_dim");
                (json["architectures"], json["model_type"]) = (new JsonArray(c.Sigmoid ? "DeepseekV3ForCausalLM" : "DeepseekV2ForCausalLM"), c.Sigmoid ? "deepseek_v3" : "deepseek_v2");
                (json["intermediate_size"], json["rms_norm_eps"], json["rope_theta"], json["tie_word_embeddings"]) = (c.IntermediateSize, shortest(c.RmsEpsilon), c.RopeBase, false);
                (json["q_lora_rank"], json["kv_lora_rank"]) = (c.QueryRank == 0 ? null : c.QueryRank, c.LatentRank);
                (json["qk_nope_head_dim"], json["qk_rope_head_dim"], json["v_head_dim"]) = (c.OwnSize, c.RotarySize, c.ValueHeadSize);
                (json["n_routed_experts"], json["num_experts_per_tok"], json["moe_intermediate_size"], json["n_shared_experts"]) = (c.ExpertCount, c.ExpertsPerToken, c.ExpertSize, c.SharedExperts);
                (json["n_group"], json["topk_group"], json["first_k_dense_replace"]) = (c.Groups, c.GroupsPerToken, c.DenseLayers);
                (json["norm_topk_prob"], json["routed_scaling_factor"]) = (c.Normalise, c.RoutedFactor);
                (json["scoring_func"], json["topk_method"]) = (c.Sigmoid ? "sigmoid" : "softmax", c.Sigmoid ? "noaux_tc" : c.Groups > 1 ? "group_limited_greedy" : "greedy");
                json["rope_scaling"] = new JsonObject
                {
                    ["type"] = "yarn", ["factor"] = c.RopeScaling.Factor, ["beta_fast"] = c.RopeScaling.BetaFast, ["beta_slow"] = c.RopeScaling.BetaSlow,
                    ["mscale"] = All(c), ["mscale_all_dim"] = All(c), ["original_max_position_embeddings"] = c.RopeScaling.OriginalContext,
                };
                break;
        }
    }

    /// <param name="integer">Writes a key of the architecture; so does <paramref name="number"/>.</param>
    public static void AddTo(GgufWriter writer, ModelConfig config, Action<string, int> integer, Action<string, double> number)
    {
        switch (config)
        {
            case Gemma2Config c:
                Common(c.IntermediateSize, c.RmsEpsilon, c.RopeBase);
                integer("attention.sliding_window", c.Windows[0]);
                number("attn_logit_softcapping", c.ScoreCap);
                number("final_logit_softcapping", c.LogitCap);
                break;
            case Qwen3MoeConfig c:
                Common(Math.Max(1, c.IntermediateSize), c.RmsEpsilon, c.RopeBase);
                Experts(c.ExpertCount, c.ExpertsPerToken, c.ExpertSize);
                break;
            case DeepSeekConfig c:
                Common(c.IntermediateSize, c.RmsEpsilon, c.RopeBase);
                Experts(c.ExpertCount, c.ExpertsPerToken, c.ExpertSize);
                integer("expert_shared_count", c.SharedExperts);
                integer("expert_group_count", c.Groups);
                integer("expert_group_used_count", c.GroupsPerToken);
                integer("expert_gating_func", c.Sigmoid ? 2 : 1);
                number("expert_weights_scale", c.RoutedFactor);
                writer.Add($"{c.Architecture}.expert_weights_norm", c.Normalise);
                integer("leading_dense_block_count", c.DenseLayers);
                if (c.QueryRank > 0) integer("attention.q_lora_rank", c.QueryRank);
                integer("attention.kv_lora_rank", c.LatentRank);
                integer("rope.dimension_count", c.RotarySize);
                writer.Add($"{c.Architecture}.rope.scaling.type", "yarn");
                number("rope.scaling.factor", c.RopeScaling.Factor);
                integer("rope.scaling.original_context_length", c.RopeScaling.OriginalContext);
                number("rope.scaling.yarn_log_multiplier", 0.1 * All(c));
                break;
        }

        void Common(int width, float epsilon, double rotaryBase)
        {
            integer("feed_forward_length", width);
            number("attention.layer_norm_rms_epsilon", epsilon);
            number("rope.freq_base", rotaryBase);
        }

        void Experts(int count, int used, int width)
        {
            integer("expert_count", count);
            integer("expert_used_count", used);
            integer("expert_feed_forward_length", width);
        }
    }

    // mscale_all_dim: of V3 1, of V2 0.707.
    static double All(DeepSeekConfig config) => config.Sigmoid ? 1 : 0.707;

    /// <summary>What the scores of a published DeepSeek are multiplied by.</summary>
    public static float ScoreScale(bool sigmoid, double factor, int size)
    {
        double magnitude = RopeScaling.Magnitude(factor, sigmoid ? 1 : 0.707);
        return (float)(magnitude * magnitude / Math.Sqrt(size));
    }
}
