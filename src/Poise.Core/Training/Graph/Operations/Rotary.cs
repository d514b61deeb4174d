using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Rotates the pairs of every head by its position's angles; backwards by the opposite angles.</summary>
static class Rotary
{
    public static Node Apply(Tape tape, Node x, int headSize, RotaryAngles angles)
    {
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        x.Value.All.CopyTo(y.All);
        int heads = x.Columns / headSize, rotary = 2 * angles.Cosines.Columns;
        Operations.Rotate(tape.Pool, y, 0, heads, headSize, rotary, angles.Cosines, angles.Sines);
        return tape.Record(y, x.NeedsGradient, node =>
        {
            FloatRows dx = node.TakeGradient();
            Operations.Rotate(tape.Pool, dx, 0, heads, headSize, rotary, angles.Cosines, angles.Opposite);
            tape.Give(x, dx);
        });
    }
}
