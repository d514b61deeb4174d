using Poise.Core.Models;

namespace Poise.Core.Adapters;

/// <summary>GGUF's tensors of experts, all of a layer in one: gate and up apart, or merged with the gate rows of each expert first.</summary>
static class GgufExpertPlaces
{
    /// <summary>Of gpt-oss: output 2k of the two together is gate k, 2k + 1 up k. Biases are one row of elements, expert after expert.</summary>
    public static GgufPlace[] Interleaved(string p, string rest, string suffix, GptOssConfig mixture)
    {
        bool weight = suffix == ".weight";
        BaseKind kind = weight ? BaseKind.Experts : BaseKind.Other;
        int width = mixture.IntermediateSize, experts = mixture.ExpertCount;
        string gateUp = $"{p}mlp.experts.gate_up_proj{(weight ? "" : "_bias")}", down = $"{p}mlp.experts.down_proj{(weight ? "" : "_bias")}";
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

    /// <summary>Of the others: the stacked parameters, gate before up.</summary>
    public static GgufPlace[] Stacked(string p, string rest, string suffix, int width)
    {
        string both = $"{p}mlp.experts.gate_up_proj";
        return (rest, suffix) switch
        {
            ("ffn_gate_exps", ".weight") => [new(both, BaseKind.Experts, Rows: width) { Total = 2 * width }],
            ("ffn_up_exps", ".weight") => [new(both, BaseKind.Experts, Rows: width, FirstOutput: width) { Total = 2 * width }],
            ("ffn_gate_up_exps", ".weight") => [new(both, BaseKind.Experts, Rows: 2 * width)],
            ("ffn_down_exps", ".weight") => [new($"{p}mlp.experts.down_proj", BaseKind.Experts)],
            _ => [],
        };
    }

    /// <summary>The same rows as matrices of single experts.</summary>
    public static IEnumerable<GgufPlace> Each(string p, string rest, int experts, int width, int hidden)
    {
        return rest switch
        {
            "ffn_gate_exps" => Places("gate_proj", 0, width, width),
            "ffn_up_exps" => Places("up_proj", 0, width, width),
            "ffn_gate_up_exps" => Places("gate_proj", 0, width, 2 * width).Concat(Places("up_proj", width, width, 2 * width)),
            "ffn_down_exps" => Places("down_proj", 0, hidden, hidden),
            _ => [],
        };

        IEnumerable<GgufPlace> Places(string name, int first, int rows, int stride) =>
            Enumerable.Range(0, experts).Select(e => new GgufPlace($"{p}mlp.experts.{e}.{name}.weight", BaseKind.Matrix, checked(e * stride + first), rows));
    }
}
