using System.Text.RegularExpressions;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>
/// The parameters of a Hugging Face checkpoint of any architecture, by the names and shapes of its tensors: also of models
/// that Poise does not run. Mixtures that are stored expert by expert have the stacked parameters, too, under which
/// transformers 5 holds them.
/// </summary>
static partial class HuggingFaceBase
{
    const string Gpt2Root = "transformer.";

    static readonly string[] s_tables = ["embed_tokens", "wte", "wpe"];
    static readonly string[] s_conv1D = ["c_attn", "c_proj", "c_fc", "q_attn"];

    /// <param name="tied">Whether the configuration ties the output to the table; so it is too where there is no output.</param>
    public static BaseFiles Read(Checkpoint checkpoint, bool tied)
    {
        var parts = new List<BasePart>();
        // openai-community's files of GPT-2 have no prefix.
        bool gpt2 = checkpoint.Has("wte.weight") || checkpoint.Has("transformer.wte.weight"), bare = checkpoint.Has("wte.weight");
        foreach (StoredTensor tensor in checkpoint.Tensors)
        {
            string name = bare && tensor.Name != AdapterBase.HeadName ? Gpt2Root + tensor.Name : tensor.Name;
            if (name.EndsWith("_scales", StringComparison.Ordinal) && checkpoint.Has($"{tensor.Name[..^7]}_blocks")) continue;
            if (name.EndsWith("_blocks", StringComparison.Ordinal) && checkpoint.Find($"{tensor.Name[..^7]}_scales") is { } scales) parts.Add(Blocks(tensor, scales, name[..^7]));
            else parts.Add(Part(checkpoint, tensor, name, gpt2));
        }

        parts.AddRange(Stacked(checkpoint));
        bool hasHead = parts.Exists(part => part.Parameter.Name == AdapterBase.HeadName);
        return new BaseFiles(new AdapterBase(checkpoint.Path, parts.Select(part => part.Parameter).Distinct(), tied || !hasHead) { Digest = BaseDigest.Of(checkpoint) }, parts);
    }

    static BasePart Part(Checkpoint checkpoint, StoredTensor tensor, string name, bool gpt2)
    {
        string[] path = name.Split('.');
        string module = path.Length > 1 ? path[^2] : "";
        if (tensor.Shape.Length == 2 && path[^1] == "weight")
        {
            bool inputsFirst = gpt2 && s_conv1D.Contains(module, StringComparer.Ordinal);
            var matrix = new BaseParameter(name, s_tables.Contains(module, StringComparer.Ordinal) ? BaseKind.Table : BaseKind.Matrix, tensor.Shape, inputsFirst);
            return new BasePart(tensor, matrix, tensor.Shape[0]) { InputsFirst = inputsFirst };
        }

        if (tensor.Shape.Length == 3 && module == "experts" && path[^1] is "gate_up_proj" or "down_proj")
        {
            // gpt-oss multiplies from the right, the others from the left. Only gpt-oss has biases beside its experts.
            bool inputsFirst = checkpoint.Has($"{tensor.Name}_bias");
            return new BasePart(tensor, new BaseParameter(name, BaseKind.Experts, tensor.Shape, inputsFirst), tensor.Shape[1]) { InputsFirst = inputsFirst };
        }

        return new BasePart(tensor, new BaseParameter(name, BaseKind.Other, tensor.Shape), tensor.Elements);
    }

    static BasePart Blocks(StoredTensor blocks, StoredTensor scales, string name)
    {
        if (blocks.Shape is not [var experts, var outputs, var groups, 16] || !scales.Shape.AsSpan().SequenceEqual([experts, outputs, groups]) || groups > int.MaxValue / 32)
            throw new ModelFileException(blocks.File, blocks.Name, "expected MXFP4 blocks [experts, rows, groups, 16] with scales [experts, rows, groups]");
        return new BasePart(blocks, new BaseParameter(name, BaseKind.Experts, [experts, groups * 32, outputs], InputsFirst: true), outputs, scales);
    }

    static IEnumerable<BasePart> Stacked(Checkpoint checkpoint)
    {
        var groups = checkpoint.Tensors.Select(tensor => (Tensor: tensor, Match: ExpertPattern().Match(tensor.Name))).Where(entry => entry.Match.Success)
            .GroupBy(entry => entry.Match.Groups["module"].Value, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var byName = group.ToDictionary(entry => (entry.Match.Groups["kind"].Value, int.Parse(entry.Match.Groups["expert"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)), entry => entry.Tensor);
            int experts = byName.Count / 3;
            if (byName.Count % 3 != 0 || Enumerable.Range(0, experts).Any(e => !byName.ContainsKey(("gate", e)) || !byName.ContainsKey(("up", e)) || !byName.ContainsKey(("down", e)))) continue;
            StoredTensor gate = byName[("gate", 0)], down = byName[("down", 0)];
            if (gate.Shape is not [var width, var hidden] || byName.Any(entry => !entry.Value.Shape.AsSpan().SequenceEqual(entry.Key.Item1 == "down" ? down.Shape : gate.Shape))) continue;
            var both = new BaseParameter($"{group.Key}.gate_up_proj", BaseKind.Experts, [experts, 2 * width, hidden]);
            var single = new BaseParameter($"{group.Key}.down_proj", BaseKind.Experts, [experts, .. down.Shape]);
            for (int e = 0; e < experts; e++)
            {
                yield return new BasePart(byName[("gate", e)], both, width) { Expert = e };
                yield return new BasePart(byName[("up", e)], both, width) { Expert = e, FirstOutput = checked((int)width) };
                yield return new BasePart(byName[("down", e)], single, down.Shape[0]) { Expert = e };
            }
        }
    }

    [GeneratedRegex(@"^(?<module>.*\.experts)\.(?<expert>0|[1-9][0-9]{0,3})\.(?<kind>gate|up|down)_proj\.weight$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ExpertPattern();
}
