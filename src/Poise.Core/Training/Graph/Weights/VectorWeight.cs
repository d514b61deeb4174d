using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A norm's weight, a bias, sinks: [1, n], of a parameter or constant.</summary>
sealed class VectorWeight(FloatRows value, FloatRows? gradient)
{
    public VectorWeight(Parameter parameter) : this(parameter.Value, parameter.Gradient) { }

    public FloatRows Value { get; } = value;

    /// <summary>Where its gradient is added up; null for a constant.</summary>
    public FloatRows? Gradient { get; } = gradient;

    public bool IsTrained => Gradient is not null;

    public int Length => Value.Columns;

    /// <summary>One row of a table of vectors: the bias of one expert.</summary>
    public static VectorWeight Row(VectorWeight table, int row) => new(table.Value.Slice(row, 1), table.Gradient?.Slice(row, 1));
}
