using Poise.Core.Layers;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>The matrices of all experts that are one parameter in Hugging Face's model.</summary>
/// <param name="Experts">For each expert the matrices that make up the parameter's outputs.</param>
/// <param name="Interleaved">Whether their rows interleave and inputs come first, as in gpt-oss; else the matrices follow one another.</param>
sealed record ExpertMatrix(string Name, Linear[][] Experts, bool Interleaved);

/// <summary>The layers of a model under the names that Hugging Face gives them, in whatever layout they were stored.</summary>
sealed class ModuleNames
{
    public List<(string Module, Linear Layer, bool InputsFirst)> Linears { get; } = [];

    public List<(string Module, Embedding Table)> Tables { get; } = [];

    public List<(string Name, float[] Values, float Offset)> Vectors { get; } = [];

    public List<ExpertMatrix> ExpertMatrices { get; } = [];

    public WeightMatrix? Output { get; private set; }

    /// <summary>Whether the output is the table of tokens, which is the first of <see cref="Tables"/>.</summary>
    public bool Tied { get; private set; }

    /// <param name="inputsFirst">Whether Hugging Face stores its weight [in, out].</param>
    public void Linear(string module, Linear layer, bool inputsFirst = false) => Linears.Add((module, layer, inputsFirst));

    /// <param name="prefix">With the dot before the names of the three.</param>
    public void Mlp(string prefix, GatedMlp mlp)
    {
        Linear($"{prefix}gate_proj", mlp.Gate);
        Linear($"{prefix}up_proj", mlp.Up);
        Linear($"{prefix}down_proj", mlp.Down);
    }

    /// <param name="prefix">With the dot before the names of the three.</param>
    public void Projections(string prefix, Projections attention)
    {
        Linear($"{prefix}q_proj", attention.Query);
        Linear($"{prefix}k_proj", attention.Key);
        Linear($"{prefix}v_proj", attention.Value);
    }

    public void Table(string module, Embedding table) => Tables.Add((module, table));

    /// <param name="offset">What the model's values have on top of Hugging Face's.</param>
    public void Vector(string name, float[] values, float offset = 0) => Vectors.Add((name, values, offset));

    public void Experts(string name, Linear[][] experts, bool interleaved) => ExpertMatrices.Add(new ExpertMatrix(name, experts, interleaved));

    public void Head(WeightMatrix output, bool tied) => (Output, Tied) = (output, tied);
}
