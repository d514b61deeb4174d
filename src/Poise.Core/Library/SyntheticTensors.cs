using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;
using static Poise.Core.Library.SyntheticTensor;

namespace Poise.Core.Library;

/// <summary>The tensors of a shape under the names, shapes and types of published files.</summary>
static class SyntheticTensors
{
    const TensorType Plain = TensorType.F32;

    /// <summary>As converters write GGUF: matrices in <paramref name="type"/>, gpt-oss's experts MXFP4, norms, biases, routers and sinks F32.</summary>
    public static IEnumerable<SyntheticTensor> Gguf(ModelConfig config, TensorType type) =>
        SyntheticFamilyTensors.Has(config) ? new SyntheticFamilyTensors(config, type, gguf: true).All() : File(config, type);

    static IEnumerable<SyntheticTensor> File(ModelConfig config, TensorType type)
    {
        long h = config.HiddenSize, q = (long)config.Heads * config.HeadSize, kv = (long)config.KeyValueHeads * config.HeadSize, v = config.VocabularySize;
        yield return Embedding("token_embd.weight", type, v, h);
        yield return Norm("output_norm.weight", Plain, h);
        if (config is Gpt2Config)
        {
            yield return Bias("output_norm.bias", Plain, h);
            yield return Embedding("position_embd.weight", Plain, config.ContextLength, h);
        }
        if (config is GptOssConfig or LlamaConfig { Tied: false }) yield return Weight("output.weight", type, v, h);
        if (config is LlamaConfig { RopeScaling.Kind: RopeScalingKind.Llama3 } scaled)
            yield return new("rope_freqs.weight", Plain, [scaled.HeadSize / 2], 0, 0, Divisors(scaled));
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string n = $"blk.{layer}.";
            yield return Norm(n + "attn_norm.weight", Plain, h);
            if (config is Gpt2Config gpt2)
            {
                yield return Bias(n + "attn_norm.bias", Plain, h);
                yield return Weight(n + "attn_qkv.weight", type, 3 * h, h);
                yield return Bias(n + "attn_qkv.bias", Plain, 3 * h);
                yield return Weight(n + "attn_output.weight", type, h, h);
                yield return Bias(n + "attn_output.bias", Plain, h);
                yield return Norm(n + "ffn_norm.weight", Plain, h);
                yield return Bias(n + "ffn_norm.bias", Plain, h);
                yield return Weight(n + "ffn_up.weight", type, gpt2.InnerSize, h);
                yield return Bias(n + "ffn_up.bias", Plain, gpt2.InnerSize);
                yield return Weight(n + "ffn_down.weight", type, h, gpt2.InnerSize);
                yield return Bias(n + "ffn_down.bias", Plain, h);
                continue;
            }
            yield return Weight(n + "attn_q.weight", type, q, h);
            yield return Weight(n + "attn_k.weight", type, kv, h);
            yield return Weight(n + "attn_v.weight", type, kv, h);
            yield return Weight(n + "attn_output.weight", type, h, q);
            if (config is LlamaConfig llama)
            {
                yield return Norm(n + "ffn_norm.weight", Plain, h);
                yield return Weight(n + "ffn_gate.weight", type, llama.IntermediateSize, h);
                yield return Weight(n + "ffn_up.weight", type, llama.IntermediateSize, h);
                yield return Weight(n + "ffn_down.weight", type, h, llama.IntermediateSize);
            }
            else if (config is GptOssConfig oss)
            {
                long e = oss.ExpertCount, f = oss.IntermediateSize;
                yield return Bias(n + "attn_q.bias", Plain, q);
                yield return Bias(n + "attn_k.bias", Plain, kv);
                yield return Bias(n + "attn_v.bias", Plain, kv);
                yield return Bias(n + "attn_output.bias", Plain, h);
                yield return Bias(n + "attn_sinks.weight", Plain, oss.Heads);
                yield return Norm(n + "post_attention_norm.weight", Plain, h);
                yield return Weight(n + "ffn_gate_inp.weight", Plain, e, h);
                yield return Bias(n + "ffn_gate_inp.bias", Plain, e);
                yield return Weight(n + "ffn_gate_exps.weight", TensorType.MXFP4, e, f, h);
                yield return Bias(n + "ffn_gate_exps.bias", Plain, e, f);
                yield return Weight(n + "ffn_up_exps.weight", TensorType.MXFP4, e, f, h);
                yield return Bias(n + "ffn_up_exps.bias", Plain, e, f);
                yield return Weight(n + "ffn_down_exps.weight", TensorType.MXFP4, e, h, f);
                yield return Bias(n + "ffn_down_exps.bias", Plain, e, h);
            }
        }
    }

    /// <summary>As the publishers write folders: everything in one type, experts of gpt-oss as MXFP4 codes and scales.</summary>
    public static IEnumerable<SyntheticTensor> HuggingFace(ModelConfig config, TensorType type) =>
        SyntheticFamilyTensors.Has(config) ? new SyntheticFamilyTensors(config, type, gguf: false).All() : config is Gpt2Config gpt2 ? Gpt2Folder(gpt2, type) : LlamaFolder(config, type);

    static IEnumerable<SyntheticTensor> LlamaFolder(ModelConfig config, TensorType type)
    {
        long h = config.HiddenSize, q = (long)config.Heads * config.HeadSize, kv = (long)config.KeyValueHeads * config.HeadSize, v = config.VocabularySize;
        yield return Embedding("model.embed_tokens.weight", type, v, h);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string n = $"model.layers.{layer}.", a = n + "self_attn.";
            yield return Norm(n + "input_layernorm.weight", type, h);
            yield return Weight(a + "q_proj.weight", type, q, h);
            yield return Weight(a + "k_proj.weight", type, kv, h);
            yield return Weight(a + "v_proj.weight", type, kv, h);
            yield return Weight(a + "o_proj.weight", type, h, q);
            yield return Norm(n + "post_attention_layernorm.weight", type, h);
            if (config is LlamaConfig llama)
            {
                yield return Weight(n + "mlp.gate_proj.weight", type, llama.IntermediateSize, h);
                yield return Weight(n + "mlp.up_proj.weight", type, llama.IntermediateSize, h);
                yield return Weight(n + "mlp.down_proj.weight", type, h, llama.IntermediateSize);
            }
            else if (config is GptOssConfig oss)
            {
                long e = oss.ExpertCount, f = oss.IntermediateSize;
                yield return Bias(a + "q_proj.bias", type, q);
                yield return Bias(a + "k_proj.bias", type, kv);
                yield return Bias(a + "v_proj.bias", type, kv);
                yield return Bias(a + "o_proj.bias", type, h);
                yield return Bias(a + "sinks", type, oss.Heads);
                yield return Weight(n + "mlp.router.weight", type, e, h);
                yield return Bias(n + "mlp.router.bias", type, e);
                string x = n + "mlp.experts.";
                yield return Weight(x + "gate_up_proj_blocks", TensorType.U8, [e, 2 * f, h / 32, 16], h);
                yield return Weight(x + "gate_up_proj_scales", TensorType.F8_E8M0, [e, 2 * f, h / 32], h);
                yield return Bias(x + "gate_up_proj_bias", type, e, 2 * f);
                yield return Weight(x + "down_proj_blocks", TensorType.U8, [e, h, f / 32, 16], f);
                yield return Weight(x + "down_proj_scales", TensorType.F8_E8M0, [e, h, f / 32], f);
                yield return Bias(x + "down_proj_bias", type, e, h);
            }
        }
        yield return Norm("model.norm.weight", type, h);
        if (config is GptOssConfig or LlamaConfig { Tied: false }) yield return Weight("lm_head.weight", type, v, h);
    }

    // Matrices are [in, out] in these files.
    static IEnumerable<SyntheticTensor> Gpt2Folder(Gpt2Config config, TensorType type)
    {
        long h = config.HiddenSize, f = config.InnerSize;
        yield return Embedding("wte.weight", type, config.VocabularySize, h);
        yield return Embedding("wpe.weight", type, config.ContextLength, h);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string n = $"h.{layer}.";
            yield return Norm(n + "ln_1.weight", type, h);
            yield return Bias(n + "ln_1.bias", type, h);
            yield return Weight(n + "attn.c_attn.weight", type, [h, 3 * h], h);
            yield return Bias(n + "attn.c_attn.bias", type, 3 * h);
            yield return Weight(n + "attn.c_proj.weight", type, [h, h], h);
            yield return Bias(n + "attn.c_proj.bias", type, h);
            yield return Norm(n + "ln_2.weight", type, h);
            yield return Bias(n + "ln_2.bias", type, h);
            yield return Weight(n + "mlp.c_fc.weight", type, [h, f], h);
            yield return Bias(n + "mlp.c_fc.bias", type, f);
            yield return Weight(n + "mlp.c_proj.weight", type, [f, h], f);
            yield return Bias(n + "mlp.c_proj.bias", type, h);
        }
        yield return Norm("ln_f.weight", type, h);
        yield return Bias("ln_f.bias", type, h);
    }

    /// <summary>What the frequencies of Llama 3.1 are divided by: 1 for short waves, the factor for long ones, a smooth band between.</summary>
    static float[] Divisors(LlamaConfig config)
    {
        RopeScaling s = config.RopeScaling;
        var divisors = new float[config.HeadSize / 2];
        for (int i = 0; i < divisors.Length; i++)
        {
            double wavelength = 2 * Math.PI * Poise.Tensors.Kernels.PreciseMath.Power(config.RopeBase, 2.0 * i / config.HeadSize);
            double smooth = (s.OriginalContext / wavelength - s.LowFrequencyFactor) / (s.HighFrequencyFactor - s.LowFrequencyFactor);
            divisors[i] = (float)(smooth >= 1 ? 1 : smooth <= 0 ? s.Factor : 1 / ((1 - smooth) / s.Factor + smooth));
        }
        return divisors;
    }
}
