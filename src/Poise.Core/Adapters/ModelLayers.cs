using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors.Matrices;

namespace Poise.Core.Adapters;

/// <summary>The layers of a loaded model by the names of their parameters, and the base that an adapter for it is checked against.</summary>
sealed class ModelLayers
{
    public ModelLayers(DecoderModel model, string name, string? digest)
    {
        var names = new ModuleNames();
        model.Describe(names);
        var parameters = new List<BaseParameter>();
        foreach ((string module, Embedding table) in names.Tables)
        {
            Tables.Add($"{module}.weight", table);
            parameters.Add(new BaseParameter($"{module}.weight", BaseKind.Table, [table.Source.Rows, table.Source.Columns]));
        }

        foreach ((string module, Linear layer, bool inputsFirst) in names.Linears)
        {
            Matrices.Add($"{module}.weight", layer.Weight);
            parameters.Add(new BaseParameter($"{module}.weight", BaseKind.Matrix, inputsFirst ? [layer.Weight.Columns, layer.Weight.Rows] : [layer.Weight.Rows, layer.Weight.Columns], inputsFirst));
            Biases.Add($"{module}.bias", layer);
            if (layer.Bias is not null) parameters.Add(new BaseParameter($"{module}.bias", BaseKind.Other, [layer.Bias.Length]));
        }

        foreach ((string vector, float[] values, float offset) in names.Vectors)
        {
            Vectors.Add(vector, (values, offset));
            parameters.Add(new BaseParameter(vector, BaseKind.Other, [values.Length]));
        }

        foreach (ExpertMatrix matrix in names.ExpertMatrices)
        {
            Experts.Add(matrix.Name, matrix);
            Linear[][] experts = matrix.Experts;
            long inputs = experts[0][0].Weight.Columns, outputs = experts[0].Sum(part => part.Weight.Rows);
            parameters.Add(new BaseParameter(matrix.Name, BaseKind.Experts, matrix.Interleaved ? [experts.Length, inputs, outputs] : [experts.Length, outputs, inputs], matrix.Interleaved));
        }

        Matrices.Add(AdapterBase.HeadName, names.Output!);
        if (!names.Tied) parameters.Add(new BaseParameter(AdapterBase.HeadName, BaseKind.Matrix, [names.Output!.Rows, names.Output.Columns]));
        Base = new AdapterBase(name, parameters, names.Tied) { Digest = digest };
    }

    public AdapterBase Base { get; }

    public Dictionary<string, WeightMatrix> Matrices { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Embedding> Tables { get; } = new(StringComparer.Ordinal);

    /// <summary>By the name that the bias has, or would have.</summary>
    public Dictionary<string, Linear> Biases { get; } = new(StringComparer.Ordinal);

    /// <summary>With what their values have on top of the parameter's.</summary>
    public Dictionary<string, (float[] Values, float Offset)> Vectors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ExpertMatrix> Experts { get; } = new(StringComparer.Ordinal);
}
