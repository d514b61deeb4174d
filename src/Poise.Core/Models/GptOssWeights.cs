using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>
/// Where gpt-oss's weights lie in each layout. Hugging Face and OpenAI interleave gate and up rows (2k, 2k+1) and pair MXFP4
/// blocks with scales; BF16 exports store experts [in, out]; GGUF holds gate and up apart, or merged as halves.
/// </summary>
static class GptOssWeights
{
    public static (Embedding Embedding, float[] Norm, MatrixSource Output, GptOss.Block[] Blocks) Read(GptOssConfig config, WeightReader weights, string layout)
    {
        bool gguf = layout == ModelLayout.Gguf, original = layout == ModelLayout.Original;
        int hidden = config.HiddenSize, vocabulary = config.VocabularySize;
        (string embedding, string norm, string output) = layout switch
        {
            ModelLayout.Gguf => ("token_embd.weight", "output_norm.weight", "output.weight"),
            ModelLayout.Original => ("embedding.weight", "norm.scale", "unembedding.weight"),
            _ => ("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"),
        };
        var blocks = new GptOss.Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = gguf ? $"blk.{n}." : original ? $"block.{n}." : $"model.layers.{n}.";
            Projections attention = weights.Projections(p + (gguf ? "attn_" : original ? "attn." : "self_attn."), gguf ? "" : "_proj",
                config.Heads * config.HeadSize, config.KeyValueHeads * config.HeadSize, hidden, bias: true);
            blocks[n] = new GptOss.Block(
                weights.Vector(p + (gguf ? "attn_norm.weight" : original ? "attn.norm.scale" : "input_layernorm.weight"), hidden), attention,
                weights.Linear(p + (gguf ? "attn_output" : original ? "attn.out" : "self_attn.o_proj"), hidden, config.Heads * config.HeadSize, bias: true),
                weights.Vector(p + (gguf ? "attn_sinks.weight" : original ? "attn.sinks" : "self_attn.sinks"), config.Heads),
                weights.Vector(p + (gguf ? "post_attention_norm.weight" : original ? "mlp.norm.scale" : "post_attention_layernorm.weight"), hidden),
                weights.Linear(p + (gguf ? "ffn_gate_inp" : original ? "mlp.gate" : "mlp.router"), config.ExpertCount, hidden, bias: true),
                gguf ? GgufExperts(config, weights, n, p) : Experts(config, weights, n, p, original));
        }

        return (weights.Embedding(embedding, vocabulary, hidden), weights.Vector(norm, hidden), weights.Rows(output, vocabulary, hidden), blocks);
    }

    static GptOss.Expert Expert(WeightReader weights, int layer, params (MatrixSource Weight, float[] Bias)[] parts)
    {
        (WeightMatrix[] matrices, StreamedMatrices? streamed) = weights.Expert(layer, Array.ConvertAll(parts, part => part.Weight));
        return new GptOss.Expert(new Linear(matrices[0], parts[0].Bias), new Linear(matrices[1], parts[1].Bias), new Linear(matrices[2], parts[2].Bias), streamed);
    }

    static GptOss.Expert[] GgufExperts(GptOssConfig config, WeightReader weights, int layer, string p)
    {
        int hidden = config.HiddenSize, width = config.IntermediateSize, count = config.ExpertCount;
        // Some converters merge the two: for each expert the gate rows, then the up rows.
        bool merged = weights.Has($"{p}ffn_gate_up_exps.weight");
        string gate = merged ? "ffn_gate_up_exps" : "ffn_gate_exps", up = merged ? gate : "ffn_up_exps";
        int span = merged ? 2 * width : width, offset = merged ? width : 0;
        float[] gateBias = weights.Vector($"{p}{gate}.bias", count * span), upBias = merged ? gateBias : weights.Vector($"{p}{up}.bias", count * width);
        float[] downBias = weights.Vector($"{p}ffn_down_exps.bias", count * hidden);
        return [.. Enumerable.Range(0, count).Select(e => Expert(weights, layer,
            (weights.Slice($"{p}{gate}.weight", (long)count * span, hidden, (long)e * span, width), gateBias[(e * span)..(e * span + width)]),
            (weights.Slice($"{p}{up}.weight", (long)count * span, hidden, (long)e * span + offset, width), upBias[(e * span + offset)..(e * span + offset + width)]),
            (weights.Slice($"{p}ffn_down_exps.weight", (long)count * hidden, width, (long)e * hidden, hidden), downBias[(e * hidden)..((e + 1) * hidden)])))];
    }

    static GptOss.Expert[] Experts(GptOssConfig config, WeightReader weights, int layer, string p, bool original)
    {
        int hidden = config.HiddenSize, width = config.IntermediateSize, count = config.ExpertCount;
        string gateUp = original ? $"{p}mlp.mlp1_weight" : $"{p}mlp.experts.gate_up_proj", down = original ? $"{p}mlp.mlp2_weight" : $"{p}mlp.experts.down_proj";
        float[] gateUpBias = weights.Vector(original ? $"{p}mlp.mlp1_bias" : $"{gateUp}_bias", count * 2 * width);
        float[] downBias = weights.Vector(original ? $"{p}mlp.mlp2_bias" : $"{down}_bias", count * hidden);
        string blocks = original ? ".blocks" : "_blocks", scales = original ? ".scales" : "_scales";
        bool quantized = weights.Has(gateUp + blocks);
        return [.. Enumerable.Range(0, count).Select(e => Expert(weights, layer,
            (GateOrUp(e, 0), Every(gateUpBias, e * 2 * width, width)),
            (GateOrUp(e, 1), Every(gateUpBias, e * 2 * width + 1, width)),
            (Down(e), downBias[(e * hidden)..((e + 1) * hidden)])))];

        MatrixSource GateOrUp(int e, int which)
        {
            if (quantized) return MatrixSource.FromMxPair(Get(gateUp + blocks), Get(gateUp + scales), width, hidden, (long)e * 2 * width + which, 2);
            StoredTensor tensor = Get(gateUp);
            Expect(tensor, count, hidden, 2 * width);
            return MatrixSource.FromTransposed(tensor, width, hidden, 2 * width, (long)e * hidden * 2 * width, which, 2);
        }

        MatrixSource Down(int e)
        {
            if (quantized) return MatrixSource.FromMxPair(Get(down + blocks), Get(down + scales), hidden, width, (long)e * hidden);
            StoredTensor tensor = Get(down);
            Expect(tensor, count, width, hidden);
            return MatrixSource.FromTransposed(tensor, hidden, width, hidden, (long)e * width * hidden);
        }

        StoredTensor Get(string name) => weights.Checkpoint.Get(name);

        static void Expect(StoredTensor tensor, params ReadOnlySpan<long> shape)
        {
            if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                throw new ModelFileException(tensor.File, tensor.Name, $"expected [{string.Join(", ", shape.ToArray())}], found [{string.Join(", ", tensor.Shape)}]");
        }
    }

    static float[] Every(float[] values, int first, int count)
    {
        float[] result = new float[count];
        for (int i = 0; i < count; i++) result[i] = values[first + 2 * i];
        return result;
    }
}
