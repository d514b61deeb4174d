using System.Runtime.Intrinsics;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Optimizers;

/// <summary>
/// The norm of all gradients together, and clipping by it. The sum is in double and in one order for any number of threads:
/// pieces of 16384 elements of a parameter; in a piece, eight lanes of which lane j adds the squares of the elements j, j + 8,
/// j + 16 ... (a square of two F32 is exact in double); the lanes as ((0+4)+(2+6)) + ((1+5)+(3+7)); the pieces one after the other.
/// </summary>
public sealed class GradientNorm
{
    const int Lanes = 8;

    readonly IReadOnlyList<Parameter> _parameters;
    readonly ParameterPieces _pieces;
    readonly double[] _sums;

    public GradientNorm(IReadOnlyList<Parameter> parameters)
    {
        _parameters = parameters;
        _pieces = new ParameterPieces(parameters);
        _sums = new double[_pieces.Count];
    }

    /// <summary>sqrt(sum of g^2). Not finite where a gradient is not.</summary>
    public double Compute(ComputePool pool)
    {
        _pieces.For(pool, (piece, p, start, count) => _sums[piece] = SumOfSquares(_parameters[p].Gradient.All.Slice(start, count)));
        double sum = 0;
        foreach (double part in _sums) sum += part;
        return Math.Sqrt(sum);
    }

    /// <summary>min(1, limit / (norm + 1e-6)): what a step multiplies gradients by. 1 where the limit is 0.</summary>
    public static float ClipFactor(double norm, double limit) => limit > 0 ? (float)Math.Min(1, limit / (norm + 1e-6)) : 1;

    static double SumOfSquares(ReadOnlySpan<float> values)
    {
        Vector512<double> sums = Vector512<double>.Zero;
        int i = 0;
        for (; i <= values.Length - Lanes; i += Lanes)
        {
            Vector256<float> eight = Vector256.Create(values.Slice(i, Lanes));
            Vector512<double> wide = Vector512.Create(Vector256.WidenLower(eight), Vector256.WidenUpper(eight));
            // The product is exact, so a fused and a separate addition are the same.
            sums += wide * wide;
        }

        Span<double> lanes = stackalloc double[Lanes];
        sums.CopyTo(lanes);
        for (int lane = 0; i < values.Length; i++, lane++) lanes[lane] += (double)values[i] * values[i];
        return (lanes[0] + lanes[4] + (lanes[2] + lanes[6])) + (lanes[1] + lanes[5] + (lanes[3] + lanes[7]));
    }
}
