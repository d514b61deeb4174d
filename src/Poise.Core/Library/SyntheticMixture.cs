using System.Globalization;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>
/// llama.cpp's mixture Q4_K_M: Q4_K, and Q6_K where an error costs most. Those are the output matrix, and the value and down projections of
/// the first eighth of the layers, of the last, and of each third layer between.
/// </summary>
static class SyntheticMixture
{
    public const TensorType Usual = TensorType.Q4_K, Finer = TensorType.Q6_K;

    /// <summary>general.file_type of such a file.</summary>
    public const uint FileType = 15;

    /// <summary>The type of a matrix of a file that is Q4_K otherwise.</summary>
    public static SyntheticTensor Apply(SyntheticTensor tensor, ModelConfig config)
    {
        // Its fused projections take a third type in that mixture, and its files are small anyway.
        if (config is Gpt2Config) throw new PoiseException("Q4_K_M is not made for GPT-2; choose Q4_K.");
        if (tensor.Type != Usual) return tensor;
        string[] parts = tensor.Name.Split('.');
        bool finer = parts switch
        {
            ["output", ..] => true,
            // Where it is the output matrix too.
            ["token_embd", ..] => config is LlamaConfig { Tied: true } or Gemma2Config,
            ["blk", var layer, "attn_v" or "ffn_down", ..] => HasMoreBits(int.Parse(layer, CultureInfo.InvariantCulture), config.Layers),
            _ => false,
        };
        return finer ? tensor with { Type = Finer } : tensor;
    }

    /// <summary>Whether a layer's sensitive matrices get six bits.</summary>
    public static bool HasMoreBits(int layer, int layers)
    {
        int eighth = layers / 8;
        return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
    }
}
