using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A parameter, or some of its rows, that holds W as it is: [outputs, inputs].</summary>
sealed class TrainedWeight : LinearWeight
{
    readonly FloatRows _value, _gradient;

    TrainedWeight(FloatRows value, FloatRows gradient) : base(value.Rows, value.Columns) => (_value, _gradient) = (value, gradient);

    public TrainedWeight(Parameter parameter, int first, int outputs) : this(parameter.Value.Slice(first, outputs), parameter.Gradient.Slice(first, outputs)) { }

    public TrainedWeight(Parameter parameter) : this(parameter, 0, parameter.Value.Rows) { }

    /// <summary>A vector as a matrix of one column.</summary>
    public static TrainedWeight OfColumn(Parameter vector) => new(vector.Value.Reshape(1), vector.Gradient.Reshape(1));

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

    public override LinearWeight Block(int first, int count) => new TrainedWeight(_value.Slice(first, count), _gradient.Slice(first, count));
}
