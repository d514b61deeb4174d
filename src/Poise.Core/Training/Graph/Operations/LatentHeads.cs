using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>The heads of multi-head latent attention (arXiv 2405.04434): queries and keys have a part without position and a rotated one.</summary>
static class LatentHeads
{
    /// <summary>
    /// Rotates the last elements of every head. Pairs lie side by side (2i, 2i + 1) and come out as halves, which changes no
    /// product of a query and a key.
    /// </summary>
    public static Node Rotate(Tape tape, Node x, int headSize, RotaryAngles angles)
    {
        int half = angles.Cosines.Columns, start = headSize - 2 * half, heads = x.Columns / headSize;
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        x.Value.All.CopyTo(y.All);
        Move(tape, x.Value, y, forward: true);
        return tape.Record(y, x.NeedsGradient, node =>
        {
            FloatRows dx = tape.Rent(x.Rows, x.Columns);
            node.Gradient!.All.CopyTo(dx.All);
            Move(tape, node.Gradient, dx, forward: false);
            tape.Give(x, dx);
        });

        void Move(Tape on, FloatRows from, FloatRows to, bool forward) => on.Pool.For(from.Rows, 4, (first, end, _) =>
        {
            for (int t = first; t < end; t++)
            {
                Span<float> c = angles.Cosines.Row(t), s = angles.Sines.Row(t);
                for (int h = 0; h < heads; h++)
                {
                    Span<float> a = from.Row(t).Slice(h * headSize + start, 2 * half), b = to.Row(t).Slice(h * headSize + start, 2 * half);
                    for (int i = 0; i < half; i++)
                    {
                        if (forward)
                        {
                            b[i] = MathF.FusedMultiplyAdd(a[2 * i], c[i], -(a[2 * i + 1] * s[i]));
                            b[half + i] = MathF.FusedMultiplyAdd(a[2 * i + 1], c[i], a[2 * i] * s[i]);
                        }
                        else
                        {
                            b[2 * i] = MathF.FusedMultiplyAdd(a[i], c[i], a[half + i] * s[i]);
                            b[2 * i + 1] = MathF.FusedMultiplyAdd(a[half + i], c[i], -(a[i] * s[i]));
                        }
                    }
                }
            }
        });
    }

    /// <summary>A head's key: the first <paramref name="own"/> elements of its part of <paramref name="x"/>, then the rotated ones that all heads share.</summary>
    public static Node Keys(Tape tape, Node x, Node shared, int heads, int own)
    {
        int stride = x.Columns / heads, rotary = shared.Columns, size = own + rotary;
        FloatRows y = tape.Rent(x.Rows, heads * size);
        for (int t = 0; t < x.Rows; t++)
        {
            for (int h = 0; h < heads; h++)
            {
                x.Value.Row(t).Slice(h * stride, own).CopyTo(y.Row(t)[(h * size)..]);
                shared.Value.Row(t).CopyTo(y.Row(t)[(h * size + own)..]);
            }
        }

        return tape.Record(y, x.NeedsGradient || shared.NeedsGradient, node =>
        {
            FloatRows dy = node.Gradient!, dx = tape.GradientOf(x), dshared = tape.GradientOf(shared);
            for (int t = 0; t < x.Rows; t++)
            {
                for (int h = 0; h < heads; h++)
                {
                    Operations.AddTo(dx.Row(t).Slice(h * stride, own), dy.Row(t)[(h * size)..]);
                    Operations.AddTo(dshared.Row(t), dy.Row(t)[(h * size + own)..]);
                }
            }
        });
    }

    /// <summary>The last <paramref name="size"/> elements of every head's part.</summary>
    public static Node Values(Tape tape, Node x, int heads, int size)
    {
        int stride = x.Columns / heads;
        FloatRows y = tape.Rent(x.Rows, heads * size);
        for (int t = 0; t < x.Rows; t++)
            for (int h = 0; h < heads; h++) x.Value.Row(t).Slice((h + 1) * stride - size, size).CopyTo(y.Row(t)[(h * size)..]);
        return tape.Record(y, x.NeedsGradient, node =>
        {
            FloatRows dx = tape.GradientOf(x);
            for (int t = 0; t < x.Rows; t++)
                for (int h = 0; h < heads; h++) Operations.AddTo(dx.Row(t).Slice((h + 1) * stride - size, size), node.Gradient!.Row(t)[(h * size)..]);
        });
    }
}
