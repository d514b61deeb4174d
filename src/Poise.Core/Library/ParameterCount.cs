using System.Globalization;
using Poise.Core.Models;

namespace Poise.Core.Library;

/// <summary>Parameters by the shapes of the tensors, as the publishers count them: scales, masks and tables of frequencies are none.</summary>
/// <param name="Active">What one token uses: the chosen experts, and no embedding table unless it is the output matrix too.</param>
public readonly record struct ParameterCount(long Total, long Active)
{
    public static ParameterCount Of(ModelConfig config, IEnumerable<(string Name, long[] Shape)> tensors)
    {
        long total = 0, experts = 0, embedding = 0;
        bool output = false;
        foreach ((string name, long[] shape) in tensors)
        {
            if (IsNoParameter(config, name)) continue;
            long elements = 1;
            foreach (long dimension in shape) elements = checked(elements * dimension);
            // Hugging Face and OpenAI keep MXFP4 codes in bytes of two elements.
            if (IsBlocks(name)) elements = checked(elements * 2);
            total = checked(total + elements);
            if (ExpertTensors.Contains(name)) experts += elements;
            if (IsEmbedding(name)) embedding = elements;
            output |= IsOutput(name);
        }
        long active = total - (output ? embedding : 0);
        if (config.Experts > 0) active -= experts - experts / config.Experts * config.ActiveExperts;
        return new ParameterCount(total, active);
    }

    /// <summary>Bytes that one token reads of all tensors: what <see cref="Active"/> counts, with the scales that belong to it.</summary>
    public static long ActiveBytes(ModelConfig config, IEnumerable<(string Name, long Bytes)> tensors)
    {
        long total = 0, experts = 0, embedding = 0;
        bool output = false;
        foreach ((string name, long bytes) in tensors)
        {
            if (IsNoParameter(config, name) && !IsScales(name)) continue;
            total = checked(total + bytes);
            if (ExpertTensors.Contains(name)) experts += bytes;
            if (IsEmbedding(name)) embedding = bytes;
            output |= IsOutput(name);
        }
        long active = total - (output ? embedding : 0);
        return config.Experts > 0 ? active - (experts - experts / config.Experts * config.ActiveExperts) : active;
    }

    static bool IsEmbedding(string name) =>
        name is "token_embd.weight" or "embedding.weight" || name.EndsWith("embed_tokens.weight", StringComparison.Ordinal);

    static bool IsOutput(string name) => name is "output.weight" or "unembedding.weight" or "lm_head.weight";

    static bool IsBlocks(string name) => name.EndsWith("_blocks", StringComparison.Ordinal) || name.EndsWith(".blocks", StringComparison.Ordinal);

    static bool IsScales(string name) => name.EndsWith("_scales", StringComparison.Ordinal) || name.EndsWith(".scales", StringComparison.Ordinal) || name.EndsWith("_scale_inv", StringComparison.Ordinal);

    static bool IsNoParameter(ModelConfig config, string name) =>
        IsScales(name)
        // DeepSeek counts its models without the layer that predicts a second token.
        || config is DeepSeekConfig && name.StartsWith("model.layers.", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(13, Math.Max(0, name.IndexOf('.', 13) - 13)), NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && layer >= config.Layers
        || name == "rope_freqs.weight" || name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)
        // GPT-2 files carry causal masks, and some a copy of the embeddings as output matrix.
        || config is Gpt2Config && (name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
            || name is "output.weight" or "lm_head.weight");
}
