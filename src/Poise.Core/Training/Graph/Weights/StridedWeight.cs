using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Columns start, start + step, ... of some rows of a parameter [outputs, columns]: one expert's share of a stacked B, which is rank-major.</summary>
sealed class StridedWeight(Parameter parameter, int start, int step, int firstOutput, int outputs) : LinearWeight(outputs, parameter.Value.Columns / step)
{
    public StridedWeight(Parameter parameter, int start, int step) : this(parameter, start, step, 0, parameter.Value.Rows) { }

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

    public override FloatRows Rows(Tape tape, int first, int count)
    {
        FloatRows rows = tape.Rent(count, Inputs);
        for (int o = 0; o < count; o++)
        {
            Span<float> from = parameter.Value.Row(firstOutput + first + o), to = rows.Row(o);
            for (int j = 0; j < Inputs; j++) to[j] = from[start + j * step];
        }

        return rows;
    }

    public override void AddGradient(Tape tape, FloatRows dy, FloatRows x)
    {
        FloatRows own = tape.Rent(Outputs, Inputs);
        own.All.Clear();
        AddProduct(tape, dy, x, own);
        for (int o = 0; o < Outputs; o++)
        {
            Span<float> from = own.Row(o), to = parameter.Gradient.Row(firstOutput + o);
            for (int j = 0; j < Inputs; j++) to[start + j * step] += from[j];
        }

        tape.Return(own);
    }

    public override LinearWeight Block(int first, int count) => throw new NotSupportedException("Experts have no output matrix of the model.");
}
