using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>The W of y = x W^T, whatever its format and however it is stored; W is [outputs, inputs].</summary>
abstract class LinearWeight(int outputs, int inputs)
{
    public int Outputs { get; } = outputs;

    public int Inputs { get; } = inputs;

    /// <summary>Whether <see cref="AddGradient"/> does something.</summary>
    public abstract bool IsTrained { get; }

    /// <summary>y = x W^T.</summary>
    public abstract void Forward(Tape tape, FloatRows x, FloatRows y);

    /// <summary>dx = dy W.</summary>
    public abstract void Backward(Tape tape, FloatRows dy, FloatRows dx);

    /// <summary>The gradient of W += dy^T x: sums over rows in the order of a dot product along them.</summary>
    public abstract void AddGradient(Tape tape, FloatRows dy, FloatRows x);

    /// <summary>Some rows of W as F32, to be returned to the tape.</summary>
    public abstract FloatRows Rows(Tape tape, int first, int count);

    /// <summary>The matrix of these outputs alone.</summary>
    public abstract LinearWeight Block(int first, int count);

    protected static FloatRows Transposed(Tape tape, FloatRows x)
    {
        FloatRows y = tape.Rent(x.Columns, x.Rows);
        GradientOperations.Transpose(tape.Pool, x, y);
        return y;
    }

    /// <summary>target += a^T b.</summary>
    protected static void AddProduct(Tape tape, FloatRows a, FloatRows b, FloatRows target)
    {
        FloatRows left = Transposed(tape, a), right = Transposed(tape, b), product = tape.Rent(a.Columns, b.Columns);
        tape.Floats.Run(left, right, product);
        Operations.Add(tape.Pool, target, product);
        foreach (FloatRows rows in (FloatRows[])[left, right, product]) tape.Return(rows);
    }
}
