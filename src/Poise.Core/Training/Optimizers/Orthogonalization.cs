using System.Numerics;
using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Optimizers;

/// <summary>
/// Brings a matrix near the orthogonal one next to it: all singular values to about 1, the vectors as they are. Five steps of a
/// Newton-Schulz iteration of degree five (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024):
/// <code>
/// X = M / (|M| + 1e-7)              |M| of all elements, summed in double, row by row
/// A = X Xt,  B = fma(c, A A, b * A),  X = fma(a, X, B X)
/// </code>
/// Its products sum in the order of the contract. A matrix with more rows than columns is transposed first. One thread's own.
/// </summary>
sealed class Orthogonalization : IDisposable
{
    const int Iterations = 5;
    const float A = 3.4445f, B = -4.775f, C = 2.0315f;
    const double Least = 1e-7;

    // Threads share out matrices, not a matrix.
    readonly ComputePool _alone = new(1);
    readonly FloatProduct _product;
    readonly Dictionary<(int Rows, int Columns), Buffers> _buffers = [];

    public Orthogonalization() => _product = new FloatProduct(_alone);

    /// <summary>A matrix to fill and to run: the same one for each call with its shape.</summary>
    public FloatRows Room(int rows, int columns) => Of(rows, columns).Room;

    /// <param name="matrix">[rows, columns], overwritten by its orthogonal neighbour.</param>
    public void Run(FloatRows matrix)
    {
        bool tall = matrix.Rows > matrix.Columns;
        Buffers b = Of(matrix.Rows, matrix.Columns);
        Scale(matrix.All, (float)(1 / (Norm(matrix) + Least)));
        if (tall) GradientOperations.Transpose(_alone, matrix, b.X);
        else matrix.All.CopyTo(b.X.All);
        for (int i = 0; i < Iterations; i++)
        {
            _product.Run(b.X, b.X, b.Gram);
            // A Gram matrix is its own transpose, and so is its square.
            _product.Run(b.Gram, b.Gram, b.Square);
            Combine(b.Square.All, C, b.Gram.All, B);
            GradientOperations.Transpose(_alone, b.X, b.Transposed);
            _product.Run(b.Square, b.Transposed, b.Next);
            Operations.AddScaled(b.Next.All, b.X.All, A);
            (b.X, b.Next) = (b.Next, b.X);
        }
        if (tall) GradientOperations.Transpose(_alone, b.X, matrix);
        else b.X.All.CopyTo(matrix.All);
    }

    Buffers Of(int rows, int columns)
    {
        if (!_buffers.TryGetValue((rows, columns), out Buffers? found)) _buffers[(rows, columns)] = found = new Buffers(rows, columns);
        return found;
    }

    static double Norm(FloatRows matrix)
    {
        double sum = 0;
        foreach (float value in matrix.All) sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    static void Scale(Span<float> values, float factor)
    {
        for (int i = 0; i < values.Length; i++) values[i] *= factor;
    }

    // x = fma(x, a, b * y)
    static void Combine(Span<float> x, float a, ReadOnlySpan<float> y, float b)
    {
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.FusedMultiplyAdd(new Vector<float>(x[i..]), new Vector<float>(a), new Vector<float>(y[i..]) * b).CopyTo(x[i..]);
        for (; i < x.Length; i++) x[i] = MathF.FusedMultiplyAdd(x[i], a, y[i] * b);
    }

    public void Dispose()
    {
        foreach (Buffers buffers in _buffers.Values) buffers.Dispose();
        _product.Dispose();
        _alone.Dispose();
    }

    /// <summary>For matrices of one shape; rows of all but the room run along the longer side.</summary>
    sealed class Buffers : IDisposable
    {
        public Buffers(int rows, int columns)
        {
            int shorter = Math.Min(rows, columns), longer = Math.Max(rows, columns);
            Room = new FloatRows(columns).Resize(rows);
            (X, Next, Transposed) = (new FloatRows(longer).Resize(shorter), new FloatRows(longer).Resize(shorter), new FloatRows(shorter).Resize(longer));
            (Gram, Square) = (new FloatRows(shorter).Resize(shorter), new FloatRows(shorter).Resize(shorter));
        }

        public FloatRows Room { get; }

        public FloatRows X { get; set; }

        public FloatRows Next { get; set; }

        public FloatRows Transposed { get; }

        public FloatRows Gram { get; }

        public FloatRows Square { get; }

        public void Dispose()
        {
            foreach (FloatRows buffer in (FloatRows[])[Room, X, Next, Transposed, Gram, Square]) buffer.Dispose();
        }
    }
}
