using System.Text.RegularExpressions;
using Poise.Core.Models;

namespace Poise.Core.Adapters;

/// <summary>
/// GGUF's names for the architectures that Poise runs, against Hugging Face's: rows of q and k of the llama family lie in the
/// order of interleaved rotation, projections may be fused, experts lie in one tensor, and Gemma's norms have 1 added.
/// </summary>
sealed partial class GgufPlaces(ModelConfig config)
{
    /// <summary>Where a tensor's rows belong. What an adapter adds to the tensor belongs there, too.</summary>
    public IReadOnlyList<GgufPlace> Of(string tensor)
    {
        int dot = tensor.LastIndexOf('.');
        if (dot < 0) return [];
        (string stem, string suffix) = (tensor[..dot], tensor[dot..]);
        Match match = BlockPattern().Match(stem);
        return match.Success ? InBlock(match.Groups["layer"].Value, match.Groups["rest"].Value, suffix) : Outside(stem, suffix);
    }

    /// <summary>Where else rows of a base's tensor belong: experts one by one, and latent projections that are stored in two parts.</summary>
    public IEnumerable<GgufPlace> AlsoOf(string tensor)
    {
        if (!tensor.EndsWith(".weight", StringComparison.Ordinal) || BlockPattern().Match(tensor[..^".weight".Length]) is not { Success: true } match) return [];
        (string layer, string rest) = ($"model.layers.{match.Groups["layer"].Value}.", match.Groups["rest"].Value);
        return config switch
        {
            Qwen3MoeConfig c => GgufExpertPlaces.Each(layer, rest, c.ExpertCount, c.ExpertSize, c.HiddenSize),
            DeepSeekConfig c => GgufExpertPlaces.Each(layer, rest, c.ExpertCount, c.ExpertSize, c.HiddenSize).Concat(GgufLatentPlaces.Parts(layer, rest, c)),
            _ => [],
        };
    }

    IReadOnlyList<GgufPlace> Outside(string stem, string suffix)
    {
        bool gpt2 = config is Gpt2Config;
        return stem switch
        {
            "token_embd" => [new(gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight", BaseKind.Table)],
            "position_embd" => [new("transformer.wpe.weight", BaseKind.Table)],
            "output_norm" => [new((gpt2 ? "transformer.ln_f" : "model.norm") + suffix, BaseKind.Other) { Offset = NormOffset }],
            "output" => [new(AdapterBase.HeadName, BaseKind.Matrix)],
            _ => [],
        };
    }

    float NormOffset => config is Gemma2Config ? 1 : 0;

    IReadOnlyList<GgufPlace> InBlock(string layer, string rest, string suffix)
    {
        BaseKind kind = suffix == ".bias" ? BaseKind.Other : BaseKind.Matrix;
        if (config is Gpt2Config)
        {
            string? name = rest switch
            {
                "attn_norm" => "ln_1", "ffn_norm" => "ln_2", "attn_qkv" => "attn.c_attn", "attn_output" => "attn.c_proj", "ffn_up" => "mlp.c_fc", "ffn_down" => "mlp.c_proj", _ => null,
            };
            bool norm = name is "ln_1" or "ln_2";
            return name is null ? [] : [new GgufPlace($"transformer.h.{layer}.{name}{suffix}", norm ? BaseKind.Other : kind) { InputsFirst = !norm && suffix == ".weight" }];
        }

        string p = $"model.layers.{layer}.", a = $"{p}self_attn.";
        int size = config.HeadSize, queries = config.Heads * size, keys = config.KeyValueHeads * size;
        bool permuted = config is LlamaConfig;
        GgufPlace Query(int first, int rows) => new($"{a}q_proj{suffix}", kind, first, rows, Outputs: permuted ? Permuted(config.Heads) : null);
        GgufPlace Key(int first, int rows) => new($"{a}k_proj{suffix}", kind, first, rows, Outputs: permuted ? Permuted(config.KeyValueHeads) : null);
        GgufPlace Value(int first, int rows) => new($"{a}v_proj{suffix}", kind, first, rows);
        return rest switch
        {
            "attn_norm" => [Norm("input_layernorm")],
            "post_attention_norm" => [Norm("post_attention_layernorm")],
            "ffn_norm" => [Norm(config is Gemma2Config ? "pre_feedforward_layernorm" : "post_attention_layernorm")],
            "post_ffw_norm" when config is Gemma2Config => [Norm("post_feedforward_layernorm")],
            "attn_q_norm" or "attn_k_norm" when config is Qwen3MoeConfig => [new($"{a}{rest[5..]}.weight", BaseKind.Other)],
            "attn_q" => [Query(0, 0)],
            "attn_k" => [Key(0, 0)],
            "attn_v" => [Value(0, 0)],
            "attn_qkv" => [Query(0, queries), Key(queries, keys), Value(queries + keys, keys)],
            "attn_output" => [new($"{a}o_proj{suffix}", kind)],
            "attn_sinks" => [new($"{a}sinks", BaseKind.Other)],
            "ffn_gate" or "ffn_up" or "ffn_down" => [new($"{p}mlp.{rest[4..]}_proj{suffix}", kind)],
            "ffn_gate_inp" => [new($"{p}mlp.{(config is GptOssConfig ? "router" : "gate")}{suffix}", kind)],
            _ => config switch
            {
                GptOssConfig mixture => GgufExpertPlaces.Interleaved(p, rest, suffix, mixture),
                Qwen3MoeConfig c => GgufExpertPlaces.Stacked(p, rest, suffix, c.ExpertSize),
                DeepSeekConfig c => [.. GgufExpertPlaces.Stacked(p, rest, suffix, c.ExpertSize), .. GgufLatentPlaces.Whole(p, rest, suffix)],
                _ => [],
            },
        };

        GgufPlace Norm(string name) => new($"{p}{name}.weight", BaseKind.Other) { Offset = NormOffset };
    }

    // Stored row map[r] is row r.
    int[] Permuted(int heads)
    {
        int[] map = Llama.Interleaved(heads, config.HeadSize), outputs = new int[map.Length];
        for (int r = 0; r < map.Length; r++) outputs[map[r]] = r;
        return outputs;
    }

    [GeneratedRegex(@"^blk\.(?<layer>0|[1-9][0-9]{0,3})\.(?<rest>[a-z_0-9]+)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
