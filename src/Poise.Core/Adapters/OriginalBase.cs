using System.Text.RegularExpressions;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>The parameters of gpt-oss as OpenAI lays it out, under their Hugging Face names. Its rows of experts have the same order.</summary>
static partial class OriginalBase
{
    const string HeadName = "unembedding.weight", Blocks = ".blocks", Scales = ".scales";

    public static BaseFiles Read(Checkpoint checkpoint, GptOssConfig config)
    {
        List<BasePart> parts = [.. checkpoint.Tensors.SelectMany(tensor => Of(tensor, checkpoint, config))];
        return new BaseFiles(new AdapterBase(checkpoint.Path, parts.Select(part => part.Parameter), tied: false) { Digest = BaseDigest.Of(checkpoint) }, parts, HeadName);
    }

    static IEnumerable<BasePart> Of(StoredTensor tensor, Checkpoint checkpoint, GptOssConfig config)
    {
        Match match = BlockPattern().Match(tensor.Name);
        if (!match.Success)
        {
            return tensor.Name switch
            {
                "embedding.weight" => [Matrix(tensor, "model.embed_tokens.weight", BaseKind.Table)],
                "norm.scale" => [Vector(tensor, "model.norm.weight")],
                HeadName => [Matrix(tensor, AdapterBase.HeadName)],
                _ => [],
            };
        }

        string p = $"model.layers.{match.Groups["layer"].Value}.", a = $"{p}self_attn.", e = $"{p}mlp.experts.";
        int queries = config.Heads * config.HeadSize, keys = config.KeyValueHeads * config.HeadSize;
        return match.Groups["rest"].Value switch
        {
            "attn.norm.scale" => [Vector(tensor, $"{p}input_layernorm.weight")],
            "attn.qkv.weight" => [Matrix(tensor, $"{a}q_proj.weight", BaseKind.Matrix, 0, queries), Matrix(tensor, $"{a}k_proj.weight", BaseKind.Matrix, queries, keys),
                Matrix(tensor, $"{a}v_proj.weight", BaseKind.Matrix, queries + keys, keys)],
            "attn.qkv.bias" => [Vector(tensor, $"{a}q_proj.bias", 0, queries), Vector(tensor, $"{a}k_proj.bias", queries, keys), Vector(tensor, $"{a}v_proj.bias", queries + keys, keys)],
            "attn.out.weight" => [Matrix(tensor, $"{a}o_proj.weight")],
            "attn.out.bias" => [Vector(tensor, $"{a}o_proj.bias")],
            "attn.sinks" => [Vector(tensor, $"{a}sinks")],
            "mlp.norm.scale" => [Vector(tensor, $"{p}post_attention_layernorm.weight")],
            "mlp.gate.weight" => [Matrix(tensor, $"{p}mlp.router.weight")],
            "mlp.gate.bias" => [Vector(tensor, $"{p}mlp.router.bias")],
            "mlp.mlp1_weight" + Blocks => [Coded(tensor, checkpoint, $"{e}gate_up_proj")],
            "mlp.mlp2_weight" + Blocks => [Coded(tensor, checkpoint, $"{e}down_proj")],
            "mlp.mlp1_weight" => [Plain(tensor, $"{e}gate_up_proj")],
            "mlp.mlp2_weight" => [Plain(tensor, $"{e}down_proj")],
            "mlp.mlp1_bias" => [Vector(tensor, $"{e}gate_up_proj_bias")],
            "mlp.mlp2_bias" => [Vector(tensor, $"{e}down_proj_bias")],
            _ => [],
        };
    }

    static BasePart Matrix(StoredTensor tensor, string name, BaseKind kind = BaseKind.Matrix, int first = 0, int rows = 0)
    {
        if (tensor.Shape is not [var all, var columns]) throw Wrong(tensor, "two dimensions");
        long own = rows > 0 ? rows : all;
        return new BasePart(tensor, new BaseParameter(name, kind, [own, columns]), own) { FirstRow = first };
    }

    static BasePart Vector(StoredTensor tensor, string name, int first = 0, int count = 0)
    {
        long own = count > 0 ? count : tensor.Elements;
        return new BasePart(tensor, new BaseParameter(name, BaseKind.Other, [own]), own) { FirstRow = first };
    }

    static BasePart Coded(StoredTensor blocks, Checkpoint checkpoint, string name)
    {
        StoredTensor scales = checkpoint.Get(blocks.Name[..^Blocks.Length] + Scales);
        if (blocks.Shape is not [var experts, var outputs, var groups, 16] || !scales.Shape.AsSpan().SequenceEqual([experts, outputs, groups]) || groups > int.MaxValue / 32)
            throw Wrong(blocks, "MXFP4 blocks [experts, rows, groups, 16] with scales [experts, rows, groups]");
        return new BasePart(blocks, new BaseParameter(name, BaseKind.Experts, [experts, groups * 32, outputs], InputsFirst: true), outputs, scales);
    }

    static BasePart Plain(StoredTensor tensor, string name) => tensor.Shape is [_, var inputs, _]
        ? new BasePart(tensor, new BaseParameter(name, BaseKind.Experts, tensor.Shape, InputsFirst: true), inputs) { InputsFirst = true }
        : throw Wrong(tensor, "[experts, inputs, outputs]");

    static ModelFileException Wrong(StoredTensor tensor, string expected) => new(tensor.File, tensor.Name, $"expected {expected}, found [{string.Join(", ", tensor.Shape)}]");

    [GeneratedRegex(@"^block\.(?<layer>0|[1-9][0-9]{0,3})\.(?<rest>[a-z_0-9.]+)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
