using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A result on the tape: [rows, columns], and during the backward pass the gradient of the loss with respect to it.</summary>
sealed class Node(FloatRows value, bool needsGradient)
{
    readonly List<FloatRows> _kept = [];

    public FloatRows Value { get; } = value;

    /// <summary>Whether anything that is trained lies behind it.</summary>
    public bool NeedsGradient { get; } = needsGradient;

    /// <summary>Null until an operation that used it has given its share.</summary>
    public FloatRows? Gradient { get; set; }

    public int Rows => Value.Rows;

    public int Columns => Value.Columns;

    /// <summary>Lends an array that lives as long as this node.</summary>
    public Node Keep(FloatRows rows)
    {
        _kept.Add(rows);
        return this;
    }

    /// <summary>The gradient, which the caller then owns.</summary>
    public FloatRows TakeGradient()
    {
        FloatRows gradient = Gradient!;
        Gradient = null;
        return gradient;
    }

    public void Release(BufferPool buffers)
    {
        if (Gradient is not null) buffers.Return(TakeGradient());
        ReleaseKept(buffers);
        buffers.Return(Value);
    }

    public void ReleaseKept(BufferPool buffers)
    {
        foreach (FloatRows rows in _kept) buffers.Return(rows);
        _kept.Clear();
    }
}
