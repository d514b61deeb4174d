namespace Poise.Core.Adapters;

/// <summary>What a parameter of a base model is.</summary>
public enum BaseKind
{
    /// <summary>W of y = W x.</summary>
    Matrix,

    /// <summary>An embedding table [rows, dim]: its rows are outputs, its columns inputs.</summary>
    Table,

    /// <summary>The matrices of all experts in one.</summary>
    Experts,

    /// <summary>Anything else, for instance a bias: only replaced.</summary>
    Other,
}

/// <summary>A parameter of a base model under its Hugging Face name, whatever the file that holds it.</summary>
/// <param name="Shape">As Hugging Face stores it.</param>
/// <param name="InputsFirst">Whether it is stored [.., in, out] (GPT-2's Conv1D, gpt-oss' experts), not [.., out, in].</param>
public sealed record BaseParameter(string Name, BaseKind Kind, IReadOnlyList<long> Shape, bool InputsFirst = false)
{
    const string Weight = ".weight";

    /// <summary>0 where there are none.</summary>
    public int Experts => Kind == BaseKind.Experts ? checked((int)Shape[0]) : 0;

    /// <summary>Elements of y = W x; of something else all elements.</summary>
    public int Outputs => Kind == BaseKind.Other ? checked((int)Elements) : checked((int)Shape[^(InputsFirst ? 1 : 2)]);

    public int Inputs => Kind == BaseKind.Other ? 1 : checked((int)Shape[^(InputsFirst ? 2 : 1)]);

    public long Elements => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The module of a matrix or table; null for other parameters.</summary>
    internal string? LinearModule => Kind is BaseKind.Matrix or BaseKind.Table && Name.EndsWith(Weight, StringComparison.Ordinal) ? Name[..^Weight.Length] : null;

    /// <summary>The module whose parameter it is.</summary>
    internal string Module => Name[..Math.Max(0, Name.LastIndexOf('.'))];

    /// <summary>Where element (expert, output, input) lies in the shape.</summary>
    internal long IndexOf(int expert, int output, int input) =>
        InputsFirst ? ((long)expert * Inputs + input) * Outputs + output : ((long)expert * Outputs + output) * Inputs + input;
}
