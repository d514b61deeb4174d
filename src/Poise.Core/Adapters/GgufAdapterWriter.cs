using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>Writes low-rank pairs as a GGUF adapter. The format has one alpha and nothing but pairs: whatever else an adapter holds is refused.</summary>
static class GgufAdapterWriter
{
    /// <param name="type">F32, F16 or BF16.</param>
    public static void Write(Adapter adapter, AdapterBase @base, ModelConfig config, string path, TensorType type)
    {
        if (adapter.Replacements.Count + adapter.Rows.Count > 0 || adapter.Pairs.Any(pair => pair.Magnitudes is not null || pair.Bias is not null))
            throw new PoiseException("A GGUF adapter holds low-rank pairs only; this one also has magnitudes, biases or replaced tensors. Write it as a PEFT folder, or merge it.");
        // The scale of each pair goes into its second factor, so that alpha / rank may differ from pair to pair.
        double alpha = adapter.Pairs[0].Scale * adapter.Pairs[0].Rank;
        var writer = new GgufWriter();
        writer.Add("general.architecture", Architectures.Get(config.Architecture).GgufNames[0]);
        writer.Add("general.type", "adapter");
        writer.Add("adapter.type", "lora");
        writer.Add("adapter.lora.alpha", (float)alpha);
        if (@base.Digest is { } digest) writer.Add(Adapter.DigestKey, digest);
        var places = new GgufPlaces(config);
        Dictionary<string, List<(string Tensor, GgufPlace Place)>> tensors = Names(places, config);
        foreach (LowRankPair pair in adapter.Pairs)
        {
            if (!tensors.TryGetValue(pair.Parameter.Name, out List<(string, GgufPlace)>? found)) throw new PoiseException($"GGUF has no name for {pair.Parameter.Name} of {config.Architecture}.");
            foreach ((string tensor, GgufPlace place) in found) Add(writer, pair, tensor, place, alpha, type);
        }

        writer.Write(path);
    }

    static void Add(GgufWriter writer, LowRankPair pair, string tensor, GgufPlace place, double alpha, TensorType type)
    {
        BaseParameter parameter = pair.Parameter;
        int rank = pair.Rank, experts = Math.Max(1, parameter.Experts), rows = place.Rows > 0 ? place.Rows : parameter.Outputs / place.Step;
        float factor = (float)(pair.Scale / (alpha / rank));
        float[] a = pair.A.All.ToArray(), b = new float[experts * rows * rank];
        for (int e = 0; e < experts; e++)
            for (int row = 0; row < rows; row++)
                pair.B.Row(e * parameter.Outputs + (place.Outputs is not null ? place.Outputs[row] : place.FirstOutput + place.Step * row)).CopyTo(b.AsSpan((e * rows + row) * rank));
        if (factor != 1)
            for (int i = 0; i < b.Length; i++) b[i] *= factor;
        if (parameter.Kind == BaseKind.Table) (a, b) = (b, Factors.Turned(a, rank, parameter.Inputs));
        long[] shapeA = parameter.Kind == BaseKind.Table ? [rows, rank] : parameter.Experts > 0 ? [experts, rank, parameter.Inputs] : [rank, parameter.Inputs];
        long[] shapeB = parameter.Kind == BaseKind.Table ? [parameter.Inputs, rank] : parameter.Experts > 0 ? [experts, rows, rank] : [rows, rank];
        writer.AddTensor($"{tensor}.lora_a", type, shapeA, stream => Factors.Write(stream, a, type));
        writer.AddTensor($"{tensor}.lora_b", type, shapeB, stream => Factors.Write(stream, b, type));
    }

    // The tensors of files whose projections are apart, by parameter.
    static Dictionary<string, List<(string, GgufPlace)>> Names(GgufPlaces places, ModelConfig config)
    {
        string[] parts = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down", "ffn_gate_inp", "ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"];
        if (config is Gpt2Config) parts = ["attn_qkv", "attn_output", "ffn_up", "ffn_down"];
        if (config is DeepSeekConfig) parts = [.. parts, "attn_q_a", "attn_q_b", "attn_kv_a_mqa", "attn_kv_b", "ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp"];
        IEnumerable<string> names = Enumerable.Range(0, config.Layers).SelectMany(layer => parts.Select(part => $"blk.{layer}.{part}.weight"));
        var result = new Dictionary<string, List<(string, GgufPlace)>>(StringComparer.Ordinal);
        foreach (string name in names.Concat(["token_embd.weight", "output.weight"]))
        {
            foreach (GgufPlace place in places.Of(name))
            {
                if (!result.TryGetValue(place.Parameter, out List<(string, GgufPlace)>? list)) result.Add(place.Parameter, list = []);
                list.Add((name, place));
            }
        }

        return result;
    }
}
