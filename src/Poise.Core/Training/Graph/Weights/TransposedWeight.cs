using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A weight stored [inputs, outputs]: GPT-2's Conv1D, one expert of gpt-oss.</summary>
/// <param name="value">What is computed with; the parameter, or what its rounding makes of it.</param>
/// <param name="gradient">Of the parameter.</param>
sealed class TransposedWeight(FloatRows value, FloatRows gradient) : LinearWeight(value.Columns, value.Rows)
{
    readonly FloatRows _value = value, _gradient = gradient;

    public TransposedWeight(Parameter parameter) : this(parameter.Value, parameter.Gradient) { }

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
