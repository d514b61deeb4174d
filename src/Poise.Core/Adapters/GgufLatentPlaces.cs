using Poise.Core.Models;

namespace Poise.Core.Adapters;

/// <summary>GGUF's tensors of DeepSeek's latent attention, its shared experts and its selection bias.</summary>
static class GgufLatentPlaces
{
    public static GgufPlace[] Whole(string p, string rest, string suffix)
    {
        string a = $"{p}self_attn.";
        return rest switch
        {
            "attn_q_a" => [Matrix($"{a}q_a_proj")],
            "attn_q_b" => [Matrix($"{a}q_b_proj")],
            "attn_kv_a_mqa" => [Matrix($"{a}kv_a_proj_with_mqa")],
            "attn_kv_b" => [Matrix($"{a}kv_b_proj")],
            "attn_q_a_norm" => [new($"{a}q_a_layernorm.weight", BaseKind.Other)],
            "attn_kv_a_norm" => [new($"{a}kv_a_layernorm.weight", BaseKind.Other)],
            "ffn_gate_shexp" or "ffn_up_shexp" or "ffn_down_shexp" => [Matrix($"{p}mlp.shared_experts.{rest[4..^6]}_proj")],
            "exp_probs_b" => [new($"{p}mlp.gate.e_score_correction_bias", BaseKind.Other)],
            _ => [],
        };

        GgufPlace Matrix(string name) => new(name + suffix, suffix == ".bias" ? BaseKind.Other : BaseKind.Matrix);
    }

    /// <summary>kv_b_proj has for each head its key rows, then its value rows. The newer files keep the two apart and the first turned.</summary>
    public static IEnumerable<GgufPlace> Parts(string p, string rest, DeepSeekConfig config)
    {
        int heads = config.Heads, own = config.OwnSize, size = config.ValueHeadSize, total = heads * (own + size);
        string name = $"{p}self_attn.kv_b_proj.weight";
        return rest switch
        {
            "attn_k_b" => Enumerable.Range(0, heads).Select(h =>
                new GgufPlace(name, BaseKind.Matrix, h * config.LatentRank, config.LatentRank, h * (own + size)) { Turned = true, Total = total }),
            "attn_v_b" => [new(name, BaseKind.Matrix, Outputs: [.. Enumerable.Range(0, heads * size).Select(row => row / size * (own + size) + own + row % size)]) { Total = total }],
            _ => [],
        };
    }
}
