using System.Text.RegularExpressions;
using Poise.Core.Models;

namespace Poise.Core.Adapters;

/// <summary>Where rows of a GGUF tensor belong in the Hugging Face model.</summary>
/// <param name="FirstRow">The first row, of each expert where there are experts.</param>
/// <param name="Rows">How many; 0 for all.</param>
/// <param name="FirstOutput">The output of the first row.</param>
/// <param name="Step">Outputs from one row to the next.</param>
/// <param name="Outputs">The output of each row in place of these; or null.</param>
sealed record GgufPlace(string Parameter, BaseKind Kind, int FirstRow = 0, int Rows = 0, int FirstOutput = 0, int Step = 1, int[]? Outputs = null)
{
    /// <summary>Whether Hugging Face stores it [in, out].</summary>
    public bool InputsFirst { get; init; }
}

/// <summary>
/// GGUF's names for the architectures that Poise runs, against Hugging Face's: rows of q and k of the llama family lie in the
/// order of interleaved rotation, projections may be fused, and gpt-oss has gate and up apart.
/// </summary>
sealed partial class GgufPlaces(ModelConfig config)
{
    public IReadOnlyList<GgufPlace> Of(string tensor)
    {
        int dot = tensor.LastIndexOf('.');
        if (dot < 0) return [];
        (string stem, string suffix) = (tensor[..dot], tensor[dot..]);
        Match match = BlockPattern().Match(stem);
        return match.Success ? InBlock(match.Groups["layer"].Value, match.Groups["rest"].Value, suffix) : Outside(stem, suffix);
    }

    IReadOnlyList<GgufPlace> Outside(string stem, string suffix)
    {
        bool gpt2 = config is Gpt2Config;
        return stem switch
        {
            "token_embd" => [new(gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight", BaseKind.Table)],
            "position_embd" => [new("transformer.wpe.weight", BaseKind.Table)],
            "output_norm" => [new((gpt2 ? "transformer.ln_f" : "model.norm") + suffix, BaseKind.Other)],
            "output" => [new(AdapterBase.HeadName, BaseKind.Matrix)],
            _ => [],
        };
    }

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
            "attn_norm" => [new($"{p}input_layernorm.weight", BaseKind.Other)],
            "ffn_norm" or "post_attention_norm" => [new($"{p}post_attention_layernorm.weight", BaseKind.Other)],
            "attn_q" => [Query(0, 0)],
            "attn_k" => [Key(0, 0)],
            "attn_v" => [Value(0, 0)],
            "attn_qkv" => [Query(0, queries), Key(queries, keys), Value(queries + keys, keys)],
            "attn_output" => [new($"{a}o_proj{suffix}", kind)],
            "attn_sinks" => [new($"{a}sinks", BaseKind.Other)],
            "ffn_gate" or "ffn_up" or "ffn_down" => [new($"{p}mlp.{rest[4..]}_proj{suffix}", kind)],
            "ffn_gate_inp" => [new($"{p}mlp.router{suffix}", kind)],
            _ => Experts(p, rest, suffix),
        };
    }

    GgufPlace[] Experts(string p, string rest, string suffix)
    {
        if (config is not GptOssConfig mixture) return [];
        bool weight = suffix == ".weight";
        BaseKind kind = weight ? BaseKind.Experts : BaseKind.Other;
        int width = mixture.IntermediateSize, experts = mixture.ExpertCount;
        string gateUp = $"{p}mlp.experts.gate_up_proj{(weight ? "" : "_bias")}", down = $"{p}mlp.experts.down_proj{(weight ? "" : "_bias")}";
        // Output 2k of the two together is gate k, 2k + 1 up k. Biases are one row of elements, expert after expert.
        return rest switch
        {
            "ffn_gate_exps" => [Place(gateUp, 0, 2)],
            "ffn_up_exps" => [Place(gateUp, 1, 2)],
            "ffn_down_exps" => [Place(down, 0, 1)],
            "ffn_gate_up_exps" => [new(gateUp, kind, Outputs: [.. Enumerable.Range(0, weight ? 2 * width : 2 * width * experts).Select(Merged)]) { InputsFirst = weight }],
            _ => [],
        };

        GgufPlace Place(string name, int first, int step) => new(name, kind, FirstOutput: first, Step: step) { InputsFirst = weight };
        int Merged(int row) => row / (2 * width) * 2 * width + (row % (2 * width) < width ? 2 * (row % (2 * width)) : 2 * (row % (2 * width) - width) + 1);
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
