using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Graph;

/// <summary>A stored matrix in any format that does not change; decoded as it is used, never held as F32.</summary>
/// <param name="neighbour">The matrix of this kind so many layers further; null where there is none. It is read from the disk, where it is not in memory, while this one is used.</param>
sealed class FrozenWeight(WeightMatrix matrix, Func<int, MatrixSource?>? neighbour = null) : LinearWeight(matrix.Rows, matrix.Columns)
{
    public override bool IsTrained => false;

    public override void Forward(Tape tape, FloatRows x, FloatRows y)
    {
        // Recomputation goes back through the layers.
        neighbour?.Invoke(tape.Recomputing ? -1 : 1)?.ReadAhead();
        tape.Matrices.Run(tape.Batch.Set(x), matrix, y);
    }

    public override void Backward(Tape tape, FloatRows dy, FloatRows dx) => tape.Transposed.Run(dy, matrix.Source, dx);

    public override void AddGradient(Tape tape, FloatRows dy, FloatRows x) { }

    public override FloatRows Rows(Tape tape, int first, int count)
    {
        FloatRows rows = tape.Rent(count, Inputs);
        GradientOperations.Decode(tape.Pool, matrix.Source, first, rows);
        return rows;
    }

    public override LinearWeight Block(int first, int count) => new FrozenWeight(new FloatMatrix(matrix.Source.Slice(first, count)));
}
