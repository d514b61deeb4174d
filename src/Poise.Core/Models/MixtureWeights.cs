using Poise.Core.Layers;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>
/// Where the experts of Qwen and DeepSeek lie: one by one, as Hugging Face's files have them; all in one tensor with gate rows
/// before up rows, as transformers 5 holds them; or as GGUF has them, gate and up apart or merged in that order.
/// </summary>
static class MixtureWeights
{
    /// <param name="p">The layer's prefix: <c>blk.0.</c>, or <c>model.layers.0.</c>.</param>
    public static Expert[] Read(WeightReader weights, int layer, string p, bool gguf, int count, int hidden, int width)
    {
        string both = gguf ? $"{p}ffn_gate_up_exps.weight" : $"{p}mlp.experts.gate_up_proj", down = gguf ? $"{p}ffn_down_exps.weight" : $"{p}mlp.experts.down_proj";
        if (weights.Has(both)) return [.. Enumerable.Range(0, count).Select(e => Load(Part(both, e, 2, 0, width), Part(both, e, 2, 1, width), Down(e)))];
        if (gguf) return [.. Enumerable.Range(0, count).Select(e => Load(Part($"{p}ffn_gate_exps.weight", e, 1, 0, width), Part($"{p}ffn_up_exps.weight", e, 1, 0, width), Down(e)))];
        return [.. Enumerable.Range(0, count).Select(e => $"{p}mlp.experts.{e}.").Select(name =>
            Load(weights.Rows($"{name}gate_proj.weight", width, hidden), weights.Rows($"{name}up_proj.weight", width, hidden), weights.Rows($"{name}down_proj.weight", hidden, width)))];

        // Part k of the parts that a tensor holds of each expert.
        MatrixSource Part(string name, int e, int parts, int k, int rows) => weights.Slice(name, (long)count * parts * rows, hidden, ((long)e * parts + k) * rows, rows);

        MatrixSource Down(int e) => weights.Slice(down, (long)count * hidden, width, (long)e * hidden, hidden);

        Expert Load(MatrixSource gate, MatrixSource up, MatrixSource last)
        {
            (WeightMatrix[] matrices, StreamedMatrices? streamed) = weights.Expert(layer, gate, up, last);
            return new Expert(new Linear(matrices[0], null), new Linear(matrices[1], null), new Linear(matrices[2], null), streamed);
        }
    }

    /// <summary>Router, and the experts one by one and as the stacked parameters that target_parameters names.</summary>
    /// <param name="p">The layer's prefix in Hugging Face's names.</param>
    public static void Describe(ModuleNames names, string p, ExpertLayer layer)
    {
        names.Linear($"{p}mlp.gate", layer.Router);
        Expert[] experts = layer.Experts;
        for (int e = 0; e < experts.Length; e++)
        {
            names.Linear($"{p}mlp.experts.{e}.gate_proj", experts[e].Gate);
            names.Linear($"{p}mlp.experts.{e}.up_proj", experts[e].Up);
            names.Linear($"{p}mlp.experts.{e}.down_proj", experts[e].Down);
        }

        names.Experts($"{p}mlp.experts.gate_up_proj", [.. experts.Select(expert => (Linear[])[expert.Gate, expert.Up])], interleaved: false);
        names.Experts($"{p}mlp.experts.down_proj", [.. experts.Select(expert => (Linear[])[expert.Down])], interleaved: false);
    }
}
