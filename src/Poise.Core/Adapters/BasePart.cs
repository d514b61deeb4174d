using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>
/// Rows of a stored tensor that belong to one parameter: whole tensors mostly, but files also hold experts one by one, gate and
/// up apart, several projections in one, or rows in another order.
/// </summary>
/// <param name="Scales">Of MXFP4 blocks that are stored apart from them.</param>
/// <param name="RowsEach">Rows of one expert, or all rows.</param>
sealed record BasePart(StoredTensor Tensor, BaseParameter Parameter, long RowsEach, StoredTensor? Scales = null)
{
    /// <summary>The first row in the tensor.</summary>
    public long FirstRow { get; init; }

    /// <summary>Of which expert; -1: of all, one after the other.</summary>
    public int Expert { get; init; } = -1;

    public bool InputsFirst { get; init; }

    /// <summary>The output of the first row, or where inputs come first of the first column; and from one row to the next.</summary>
    public int FirstOutput { get; init; }

    public int Step { get; init; } = 1;

    /// <summary>The output of each row in place of those; or null.</summary>
    public int[]? Outputs { get; init; }

    /// <summary>Columns where inputs come first and not all outputs lie along a row; else 0.</summary>
    public int Width { get; init; }

    /// <summary>What the file's values have on top of the parameter's.</summary>
    public float Offset { get; init; }

    public int Columns => Width > 0 ? Width : Parameter.Kind == BaseKind.Other ? 1 : InputsFirst ? Parameter.Outputs : Parameter.Inputs;

    public long Rows => Expert >= 0 || Parameter.Experts == 0 ? RowsEach : RowsEach * Parameter.Experts;

    /// <summary>Expert, and output or where inputs come first input, of a row of this part.</summary>
    public (int Expert, int Index) Locate(long row)
    {
        int local = (int)(row % RowsEach);
        return (Expert >= 0 ? Expert : (int)(row / RowsEach), InputsFirst ? local : Outputs is not null ? Outputs[local] : FirstOutput + Step * local);
    }
}

/// <summary>A base model and where its parameters lie in its files.</summary>
/// <param name="HeadName">How its files call an output of its own.</param>
sealed record BaseFiles(AdapterBase Base, IReadOnlyList<BasePart> Parts, string HeadName = AdapterBase.HeadName);
