using Poise.Core.Models;
using Poise.Tensors;
using static Poise.Core.Library.SyntheticTensor;

namespace Poise.Core.Library;

/// <summary>The tensors of Gemma 2, Qwen 3 with experts and DeepSeek, in either layout.</summary>
/// <param name="type">Of matrices; in a folder of everything.</param>
sealed class SyntheticFamilyTensors(ModelConfig config, TensorType type, bool gguf)
{
    readonly TensorType _plain = gguf ? TensorType.F32 : type;

    public static bool Has(ModelConfig config) => config is Gemma2Config or Qwen3MoeConfig or DeepSeekConfig;

    public IEnumerable<SyntheticTensor> All()
    {
        long h = config.HiddenSize, v = config.VocabularySize;
        yield return Embedding(gguf ? "token_embd.weight" : "model.embed_tokens.weight", type, v, h);
        yield return OwnNorm(gguf ? "output_norm" : "model.norm", h);
        if (config is not Gemma2Config) yield return Matrix(gguf ? "output" : "lm_head", v, h);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string p = gguf ? $"blk.{layer}." : $"model.layers.{layer}.", a = gguf ? $"{p}attn_" : $"{p}self_attn.", m = gguf ? $"{p}ffn_" : $"{p}mlp.", proj = gguf ? "" : "_proj";
            yield return OwnNorm(gguf ? $"{p}attn_norm" : $"{p}input_layernorm", h);
            yield return Matrix(gguf ? $"{a}output" : $"{a}o_proj", h, (long)config.Heads * config.ValueSize);
            foreach (SyntheticTensor tensor in config is DeepSeekConfig latent ? Latent(latent, a, proj) : Heads(a, proj)) yield return tensor;
            IEnumerable<SyntheticTensor> rest = config switch
            {
                Gemma2Config c =>
                [
                    OwnNorm(gguf ? $"{p}post_attention_norm" : $"{p}post_attention_layernorm", h), OwnNorm(gguf ? $"{p}ffn_norm" : $"{p}pre_feedforward_layernorm", h),
                    OwnNorm(gguf ? $"{p}post_ffw_norm" : $"{p}post_feedforward_layernorm", h), .. Mlp(m, proj, c.IntermediateSize),
                ],
                Qwen3MoeConfig c =>
                [
                    OwnNorm(gguf ? $"{p}ffn_norm" : $"{p}post_attention_layernorm", h), OwnNorm($"{a}q_norm", c.HeadSize), OwnNorm($"{a}k_norm", c.HeadSize),
                    .. c.DenseLayers.Contains(layer) ? Mlp(m, proj, c.IntermediateSize) : Experts(m, c.ExpertCount, c.ExpertSize),
                ],
                DeepSeekConfig c =>
                [
                    OwnNorm(gguf ? $"{p}ffn_norm" : $"{p}post_attention_layernorm", h),
                    .. layer < c.DenseLayers ? Mlp(m, proj, c.IntermediateSize)
                        : Experts(m, c.ExpertCount, c.ExpertSize).Concat(Mlp(gguf ? m : $"{m}shared_experts.", gguf ? "_shexp" : proj, c.SharedExperts * c.ExpertSize)),
                    .. c.Sigmoid && layer >= c.DenseLayers ? [Bias(gguf ? $"{p}exp_probs_b.bias" : $"{m}gate.e_score_correction_bias", TensorType.F32, c.ExpertCount)] : Array.Empty<SyntheticTensor>(),
                ],
                _ => throw new InvalidOperationException(config.Architecture),
            };
            foreach (SyntheticTensor tensor in rest) yield return tensor;
        }
    }

    IEnumerable<SyntheticTensor> Heads(string a, string proj) =>
    [
        Matrix($"{a}q{proj}", (long)config.Heads * config.HeadSize, config.HiddenSize), Matrix($"{a}k{proj}", (long)config.KeyValueHeads * config.HeadSize, config.HiddenSize),
        Matrix($"{a}v{proj}", (long)config.KeyValueHeads * config.HeadSize, config.HiddenSize),
    ];

    IEnumerable<SyntheticTensor> Latent(DeepSeekConfig c, string a, string proj)
    {
        long h = c.HiddenSize, queries = (long)c.Heads * c.HeadSize;
        string norm = gguf ? "norm" : "layernorm";
        if (c.QueryRank == 0) yield return Matrix($"{a}q{proj}", queries, h);
        else
        {
            yield return Matrix($"{a}q_a{proj}", c.QueryRank, h);
            yield return OwnNorm($"{a}q_a_{norm}", c.QueryRank);
            yield return Matrix($"{a}q_b{proj}", queries, c.QueryRank);
        }

        yield return Matrix(gguf ? $"{a}kv_a_mqa" : $"{a}kv_a_proj_with_mqa", c.LatentRank + c.RotarySize, h);
        yield return OwnNorm($"{a}kv_a_{norm}", c.LatentRank);
        yield return Matrix($"{a}kv_b{proj}", (long)c.Heads * (c.OwnSize + c.ValueHeadSize), c.LatentRank);
    }

    IEnumerable<SyntheticTensor> Mlp(string m, string suffix, long width) =>
        [Matrix($"{m}gate{suffix}", width, config.HiddenSize), Matrix($"{m}up{suffix}", width, config.HiddenSize), Matrix($"{m}down{suffix}", config.HiddenSize, width)];

    IEnumerable<SyntheticTensor> Experts(string m, long experts, long width)
    {
        long h = config.HiddenSize;
        yield return Weight(gguf ? $"{m}gate_inp.weight" : $"{m}gate.weight", _plain, experts, h);
        if (gguf)
        {
            yield return Matrix($"{m}gate_exps", experts, width, h);
            yield return Matrix($"{m}up_exps", experts, width, h);
            yield return Matrix($"{m}down_exps", experts, h, width);
            yield break;
        }

        for (int e = 0; e < experts; e++)
            foreach (SyntheticTensor tensor in Mlp($"{m}experts.{e}.", "_proj", width)) yield return tensor;
    }

    SyntheticTensor Matrix(string name, params long[] shape) => Weight($"{name}.weight", type, shape);

    // Gemma's folders hold what is added to 1.
    SyntheticTensor OwnNorm(string name, long size) => config is Gemma2Config && !gguf ? Bias($"{name}.weight", _plain, size) : Norm($"{name}.weight", _plain, size);
}
