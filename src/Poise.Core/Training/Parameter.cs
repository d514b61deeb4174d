using Poise.Tensors;

namespace Poise.Core.Training;

/// <summary>
/// A tensor that training changes: its master values in F32, and the gradient of the loss with respect to them. Both are
/// [rows, columns], the leading dimensions of the stored tensor flattened into rows; a vector is one row.
/// </summary>
/// <param name="name">As in the file that it comes from or goes to.</param>
/// <param name="shape">As stored; its product is rows times columns.</param>
public sealed class Parameter(string name, long[] shape, FloatRows value) : IDisposable
{
    public string Name { get; } = name;

    public IReadOnlyList<long> Shape { get; } = shape;

    public FloatRows Value { get; } = value;

    /// <summary>Zero until a backward pass adds to it.</summary>
    public FloatRows Gradient { get; } = Zeros(value);

    public long Elements => (long)Value.Rows * Value.Columns;

    static FloatRows Zeros(FloatRows like)
    {
        FloatRows rows = new FloatRows(like.Columns).Resize(like.Rows);
        rows.All.Clear();
        return rows;
    }

    public void Dispose()
    {
        Value.Dispose();
        Gradient.Dispose();
    }
}
