using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A parameter, or some of its rows, stored [inputs, outputs]: GPT-2's Conv1D, one expert of gpt-oss.</summary>
sealed class TransposedWeight(Parameter parameter, int first, int inputs) : LinearWeight(parameter.Value.Columns, inputs)
{
    readonly FloatRows _value = parameter.Value.Slice(first, inputs), _gradient = parameter.Gradient.Slice(first, inputs);

    public TransposedWeight(Parameter parameter) : this(parameter, 0, parameter.Value.Rows) { }

    public override bool IsTrained => true;

    public override void Forward(Tape tape, FloatRows x, FloatRows y)
    {
        FloatRows panel = Transposed(tape, _value);
        tape.Floats.Run(x, panel, y);
        tape.Return(panel);
    }

    public override void Backward(Tape tape, FloatRows dy, FloatRows dx) => tape.Floats.Run(dy, _value, dx);

    public override void AddGradient(Tape tape, FloatRows dy, FloatRows x) => AddProduct(tape, x, dy, _gradient);

    public override FloatRows Rows(Tape tape, int first, int count)
    {
        FloatRows rows = tape.Rent(count, Inputs);
        GradientOperations.Transpose(tape.Pool, _value, rows, first);
        return rows;
    }

    public override LinearWeight Block(int start, int count) =>
        throw new NotSupportedException("No architecture stores its output matrix as [inputs, outputs].");
}
