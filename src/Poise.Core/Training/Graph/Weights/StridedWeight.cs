using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Columns first, first + step, ... of a parameter [outputs, columns]: one expert's share of a stacked B, which is rank-major.</summary>
sealed class StridedWeight(Parameter parameter, int start, int step) : LinearWeight(parameter.Value.Rows, parameter.Value.Columns / step)
{
    public override bool IsTrained => true;

    public override void Forward(Tape tape, FloatRows x, FloatRows y)
    {
        FloatRows own = Rows(tape, 0, Outputs);
        tape.Floats.Run(x, own, y);
        tape.Return(own);
    }

    public override void Backward(Tape tape, FloatRows dy, FloatRows dx)
    {
        FloatRows own = Rows(tape, 0, Outputs), panel = Transposed(tape, own);
        tape.Floats.Run(dy, panel, dx);
        tape.Return(own);
        tape.Return(panel);
    }

    public override void AddGradient(Tape tape, FloatRows dy, FloatRows x) => AddGradient(tape, 0, Outputs, dy, x);

    public override FloatRows Rows(Tape tape, int first, int count)
    {
        FloatRows rows = tape.Rent(count, Inputs);
        for (int o = 0; o < count; o++)
        {
            Span<float> from = parameter.Value.Row(first + o), to = rows.Row(o);
            for (int j = 0; j < Inputs; j++) to[j] = from[start + j * step];
        }

        return rows;
    }

    public override void AddGradient(Tape tape, int first, int count, FloatRows dy, FloatRows x)
    {
        FloatRows own = tape.Rent(count, Inputs);
        own.All.Clear();
        AddProduct(tape, dy, x, own);
        for (int o = 0; o < count; o++)
        {
            Span<float> from = own.Row(o), to = parameter.Gradient.Row(first + o);
            for (int j = 0; j < Inputs; j++) to[start + j * step] += from[j];
        }

        tape.Return(own);
    }
}
