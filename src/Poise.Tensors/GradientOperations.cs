using Poise.Tensors.Kernels;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Tensors;

/// <summary>What training needs besides <see cref="Operations"/>: backward passes, sums over rows, moves. On all threads of a pool.</summary>
public static unsafe class GradientOperations
{
    /// <summary>y[c, r] = x[r, first + c].</summary>
    public static void Transpose(ComputePool pool, FloatRows x, FloatRows y, int first = 0)
    {
        Expect(first >= 0 && first + y.Rows <= x.Columns && y.Columns == x.Rows, nameof(y));
        const int Piece = 64;
        int pieces = (y.Rows + Piece - 1) / Piece, blocks = (x.Rows + Piece - 1) / Piece;
        pool.For(checked(pieces * blocks), 1, (start, end, _) =>
        {
            for (int i = start; i < end; i++)
            {
                int c = i / blocks * Piece, r = i % blocks * Piece;
                Transposition.Run(x.RowPointer(r) + first + c, x.Columns, Math.Min(Piece, x.Rows - r), Math.Min(Piece, y.Rows - c), y.RowPointer(c) + r, y.Columns);
            }
        });
    }

    /// <summary>y[r] = row first + r of a stored matrix, decoded.</summary>
    public static void Decode(ComputePool pool, MatrixSource source, int first, FloatRows y)
    {
        Expect(y.Columns == source.Columns && first >= 0 && first + y.Rows <= source.Rows, nameof(y));
        pool.For(y.Rows, 4, (start, end, _) =>
        {
            for (int r = start; r < end; r++) source.DecodeRow(first + r, y.Row(r));
        });
    }

    /// <summary>sums[0, c] += sum over rows of a[t, c] b[t, c], or of a[t, c] alone: row t in lane t mod 16, then the tree.</summary>
    public static void AddColumnSums(ComputePool pool, FloatRows a, FloatRows? b, FloatRows sums)
    {
        Expect(sums.Rows == 1 && sums.Columns == a.Columns && (b is null || (b.Rows == a.Rows && b.Columns == a.Columns)), nameof(sums));
        pool.For((a.Columns + 15) / 16, 1, (start, end, _) =>
        {
            for (int i = start; i < end; i++)
            {
                int c = i * 16, count = Math.Min(16, a.Columns - c);
                float* other = b is null ? null : b.Pointer + c;
                if (Lanes512.IsSupported) ColumnSums.AddSixteen<Lanes512>(a.Pointer + c, other, a.Columns, a.Rows, count, sums.Pointer + c);
                else if (Lanes256.IsSupported) ColumnSums.AddSixteen<Lanes256>(a.Pointer + c, other, a.Columns, a.Rows, count, sums.Pointer + c);
                else ColumnSums.AddSixteen<Lanes128>(a.Pointer + c, other, a.Columns, a.Rows, count, sums.Pointer + c);
            }
        });
    }

    /// <summary>The gradient of x behind a norm without offset, and the normalised rows where the weight's gradient needs them.</summary>
    public static void RmsNorm(ComputePool pool, FloatRows x, FloatRows weight, float epsilon, FloatRows dy, FloatRows dx, FloatRows? normed)
    {
        Expect(Same(x, dy) && Same(x, dx) && (normed is null || Same(x, normed)) && weight.Columns == x.Columns, nameof(x));
        pool.For(x.Rows, 4, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                float* n = normed is null ? null : normed.RowPointer(t);
                if (Lanes512.IsSupported) NormalizationGradient.Rms<Lanes512>(x.RowPointer(t), weight.Pointer, dy.RowPointer(t), epsilon, dx.RowPointer(t), n, x.Columns);
                else if (Lanes256.IsSupported) NormalizationGradient.Rms<Lanes256>(x.RowPointer(t), weight.Pointer, dy.RowPointer(t), epsilon, dx.RowPointer(t), n, x.Columns);
                else NormalizationGradient.Rms<Lanes128>(x.RowPointer(t), weight.Pointer, dy.RowPointer(t), epsilon, dx.RowPointer(t), n, x.Columns);
            }
        });
    }

    /// <summary>The gradient of x behind a layer norm, and the normalised rows.</summary>
    public static void LayerNorm(ComputePool pool, FloatRows x, FloatRows weight, float epsilon, FloatRows dy, FloatRows dx, FloatRows normed)
    {
        Expect(Same(x, dy) && Same(x, dx) && Same(x, normed) && weight.Columns == x.Columns, nameof(x));
        pool.For(x.Rows, 4, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                float* a = x.RowPointer(t), w = weight.Pointer, d = dy.RowPointer(t), to = dx.RowPointer(t), n = normed.RowPointer(t);
                if (Lanes512.IsSupported) NormalizationGradient.Layer<Lanes512>(a, w, d, epsilon, to, n, x.Columns);
                else if (Lanes256.IsSupported) NormalizationGradient.Layer<Lanes256>(a, w, d, epsilon, to, n, x.Columns);
                else NormalizationGradient.Layer<Lanes128>(a, w, d, epsilon, to, n, x.Columns);
            }
        });
    }

    /// <summary>y = gate(gate, up).</summary>
    public static void Gate(ComputePool pool, GateKind kind, FloatRows gate, FloatRows up, FloatRows y, float limit = 0)
    {
        Expect(Same(gate, up) && Same(gate, y), nameof(y));
        switch (kind)
        {
            case GateKind.Silu: Forward<Gates.Silu>(pool, gate, up, y, limit); break;
            case GateKind.ClampedSwiGlu: Forward<Gates.Clamped>(pool, gate, up, y, limit); break;
            default: Forward<Gates.Gelu>(pool, gate, up, y, limit); break;
        }
    }

    /// <summary>dgate and dup out of dy; the targets may be the inputs.</summary>
    public static void GateGradient(ComputePool pool, GateKind kind, FloatRows gate, FloatRows up, FloatRows dy, FloatRows dgate, FloatRows dup, float limit = 0)
    {
        Expect(Same(gate, up) && Same(gate, dy) && Same(gate, dgate) && Same(gate, dup), nameof(dy));
        switch (kind)
        {
            case GateKind.Silu: Backward<Gates.Silu>(pool, gate, up, dy, dgate, dup, limit); break;
            case GateKind.ClampedSwiGlu: Backward<Gates.Clamped>(pool, gate, up, dy, dgate, dup, limit); break;
            default: Backward<Gates.Gelu>(pool, gate, up, dy, dgate, dup, limit); break;
        }
    }

    static void Forward<TGate>(ComputePool pool, FloatRows gate, FloatRows up, FloatRows y, float limit) where TGate : struct, Gates.IGate =>
        pool.For(gate.Rows, 2, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                if (Lanes512.IsSupported) Gates.Forward<TGate, Lanes512>(gate.RowPointer(t), up.RowPointer(t), y.RowPointer(t), gate.Columns, limit);
                else if (Lanes256.IsSupported) Gates.Forward<TGate, Lanes256>(gate.RowPointer(t), up.RowPointer(t), y.RowPointer(t), gate.Columns, limit);
                else Gates.Forward<TGate, Lanes128>(gate.RowPointer(t), up.RowPointer(t), y.RowPointer(t), gate.Columns, limit);
            }
        });

    static void Backward<TGate>(ComputePool pool, FloatRows gate, FloatRows up, FloatRows dy, FloatRows dgate, FloatRows dup, float limit) where TGate : struct, Gates.IGate =>
        pool.For(gate.Rows, 2, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                float* g = gate.RowPointer(t), u = up.RowPointer(t), d = dy.RowPointer(t), dg = dgate.RowPointer(t), du = dup.RowPointer(t);
                if (Lanes512.IsSupported) Gates.Backward<TGate, Lanes512>(g, u, d, dg, du, gate.Columns, limit);
                else if (Lanes256.IsSupported) Gates.Backward<TGate, Lanes256>(g, u, d, dg, du, gate.Columns, limit);
                else Gates.Backward<TGate, Lanes128>(g, u, d, dg, du, gate.Columns, limit);
            }
        });

    /// <summary>Takes a block of logits up into the running softmax of every row; caps them in place where there is a cap.</summary>
    /// <param name="largest">Of each row so far; begins at negative infinity.</param>
    /// <param name="sums">Of e^(logit - largest) so far; begins at 0.</param>
    public static void AddLogits(ComputePool pool, FloatRows logits, float cap, float[] largest, double[] sums)
    {
        Expect(largest.Length >= logits.Rows && sums.Length >= logits.Rows, nameof(logits));
        pool.For(logits.Rows, 1, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                if (Lanes512.IsSupported) LogitRow.Add<Lanes512>(logits.RowPointer(t), logits.Columns, cap, ref largest[t], ref sums[t]);
                else if (Lanes256.IsSupported) LogitRow.Add<Lanes256>(logits.RowPointer(t), logits.Columns, cap, ref largest[t], ref sums[t]);
                else LogitRow.Add<Lanes128>(logits.RowPointer(t), logits.Columns, cap, ref largest[t], ref sums[t]);
            }
        });
    }

    /// <summary>Logits, as <see cref="AddLogits"/> left them, to the gradients of weights[t] * ln p(targets[t]), in place.</summary>
    /// <param name="targets">Columns of this block, or outside it.</param>
    public static void LogitGradient(ComputePool pool, FloatRows logits, float cap, float[] largest, double[] sums, float[] weights, int[] targets)
    {
        Expect(largest.Length >= logits.Rows && sums.Length >= logits.Rows && weights.Length >= logits.Rows && targets.Length >= logits.Rows, nameof(logits));
        pool.For(logits.Rows, 1, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                float inverse = (float)(1 / sums[t]);
                if (Lanes512.IsSupported) LogitRow.Gradient<Lanes512>(logits.RowPointer(t), logits.Columns, cap, largest[t], inverse, weights[t], targets[t]);
                else if (Lanes256.IsSupported) LogitRow.Gradient<Lanes256>(logits.RowPointer(t), logits.Columns, cap, largest[t], inverse, weights[t], targets[t]);
                else LogitRow.Gradient<Lanes128>(logits.RowPointer(t), logits.Columns, cap, largest[t], inverse, weights[t], targets[t]);
            }
        });
    }

    /// <summary>Logits to e^(logit - largest[t]), in place.</summary>
    public static void Exponentials(ComputePool pool, FloatRows logits, float[] largest)
    {
        Expect(largest.Length >= logits.Rows, nameof(logits));
        pool.For(logits.Rows, 1, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                if (Lanes512.IsSupported) LogitRow.Exponentials<Lanes512>(logits.RowPointer(t), logits.Columns, largest[t]);
                else if (Lanes256.IsSupported) LogitRow.Exponentials<Lanes256>(logits.RowPointer(t), logits.Columns, largest[t]);
                else LogitRow.Exponentials<Lanes128>(logits.RowPointer(t), logits.Columns, largest[t]);
            }
        });
    }

    /// <summary>a . b in the contract's order.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Expect(a.Length == b.Length, nameof(b));
        fixed (float* x = a, y = b)
        {
            if (Lanes512.IsSupported) return FloatDot.One<Lanes512>(x, y, a.Length);
            return Lanes256.IsSupported ? FloatDot.One<Lanes256>(x, y, a.Length) : FloatDot.One<Lanes128>(x, y, a.Length);
        }
    }

    static bool Same(FloatRows x, FloatRows y) => x.Columns == y.Columns && x.Rows == y.Rows;

    static void Expect(bool condition, string name)
    {
        if (!condition) throw new ArgumentException("The shapes do not fit together.", name);
    }
}
