using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>Chooses how a matrix is multiplied and where it lives.</summary>
public sealed class MatrixLoader(ComputePool pool, bool int8, bool packed, Action<long>? packedBytes = null)
{
    /// <summary>Integer products where the format has them and they are wanted; F32 otherwise.</summary>
    public WeightMatrix Load(MatrixSource source)
    {
        if (!int8 || !QuantizedMatrix.Applies(source)) return new FloatMatrix(source);
        var matrix = new QuantizedMatrix(source);
        if (!packed) return matrix;
        matrix.Pack(pool);
        packedBytes?.Invoke(source.Bytes);
        return matrix;
    }

    /// <summary>Bytes that packing <paramref name="source"/> takes; 0 where it stays in the file.</summary>
    public static long PackedBytes(MatrixSource source) => QuantizedMatrix.Applies(source) ? new QuantizedMatrix(source).PackedBytes : 0;
}
