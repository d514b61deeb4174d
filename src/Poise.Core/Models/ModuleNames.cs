using Poise.Core.Layers;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>The layers of a model under the names that Hugging Face gives them, in whatever layout they were stored.</summary>
sealed class ModuleNames
{
    public List<(string Module, Linear Layer, bool InputsFirst)> Linears { get; } = [];

    public List<(string Module, Embedding Table)> Tables { get; } = [];

    public List<(string Name, float[] Values)> Vectors { get; } = [];

    /// <summary>For each expert the matrices whose rows interleave to the parameter's outputs.</summary>
    public List<(string Name, Linear[][] Experts)> ExpertMatrices { get; } = [];

    public WeightMatrix? Output { get; private set; }

    /// <summary>Whether the output is the table of tokens, which is the first of <see cref="Tables"/>.</summary>
    public bool Tied { get; private set; }

    /// <param name="inputsFirst">Whether Hugging Face stores its weight [in, out].</param>
    public void Linear(string module, Linear layer, bool inputsFirst = false) => Linears.Add((module, layer, inputsFirst));

    public void Table(string module, Embedding table) => Tables.Add((module, table));

    public void Vector(string name, float[] values) => Vectors.Add((name, values));

    public void Experts(string name, Linear[][] experts) => ExpertMatrices.Add((name, experts));

    public void Head(WeightMatrix output, bool tied) => (Output, Tied) = (output, tied);
}
