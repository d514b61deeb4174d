using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Graph;

/// <summary>A stored matrix in any format that does not change; decoded as it is used, never held as F32.</summary>
sealed class FrozenWeight(WeightMatrix matrix) : LinearWeight(matrix.Rows, matrix.Columns)
{
    /// <summary>Floats of a decoded panel: 64 MB.</summary>
    const long PanelFloats = 16 << 20;

    public override bool IsTrained => false;

    public override void Forward(Tape tape, FloatRows x, FloatRows y) => tape.Matrices.Run(tape.Batch.Set(x), matrix, y);

    // Panels [some inputs, outputs]: the sum over the outputs is never cut.
    public override void Backward(Tape tape, FloatRows dy, FloatRows dx)
    {
        int most = (int)Math.Min(Inputs, Math.Max(256, (PanelFloats / Outputs) & ~255L));
        for (int first = 0; first < Inputs; first += most)
        {
            FloatRows panel = tape.Rent(Math.Min(most, Inputs - first), Outputs);
            GradientOperations.DecodeTransposed(tape.Pool, matrix.Source, first, panel);
            tape.Floats.Run(dy, panel, dx, first);
            tape.Return(panel);
        }
    }

    public override void AddGradient(Tape tape, FloatRows dy, FloatRows x) { }

    public override FloatRows Rows(Tape tape, int first, int count)
    {
        FloatRows rows = tape.Rent(count, Inputs);
        GradientOperations.Decode(tape.Pool, matrix.Source, first, rows);
        return rows;
    }

    public override void AddGradient(Tape tape, int first, int count, FloatRows dy, FloatRows x) { }
}
