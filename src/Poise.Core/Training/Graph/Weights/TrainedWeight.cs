using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A parameter, or some of its rows, that holds W as it is: [outputs, inputs].</summary>
sealed class TrainedWeight(Parameter parameter, int first, int outputs) : LinearWeight(outputs, parameter.Value.Columns)
{
    readonly FloatRows _value = parameter.Value.Slice(first, outputs), _gradient = parameter.Gradient.Slice(first, outputs);

    public TrainedWeight(Parameter parameter) : this(parameter, 0, parameter.Value.Rows) { }

    public override bool IsTrained => true;

    public override void Forward(Tape tape, FloatRows x, FloatRows y) => tape.Floats.Run(x, _value, y);

    public override void Backward(Tape tape, FloatRows dy, FloatRows dx)
    {
        FloatRows panel = Transposed(tape, _value);
        tape.Floats.Run(dy, panel, dx);
        tape.Return(panel);
    }

    public override void AddGradient(Tape tape, FloatRows dy, FloatRows x) => AddProduct(tape, dy, x, _gradient);

    public override FloatRows Rows(Tape tape, int first, int count)
    {
        FloatRows rows = tape.Rent(count, Inputs);
        _value.Slice(first, count).All.CopyTo(rows.All);
        return rows;
    }

    public override void AddGradient(Tape tape, int first, int count, FloatRows dy, FloatRows x) => AddProduct(tape, dy, x, _gradient.Slice(first, count));
}
