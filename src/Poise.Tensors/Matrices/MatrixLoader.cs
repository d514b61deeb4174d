using Poise.Tensors.Formats;
using Poise.Tensors.Kernels;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>Chooses how a matrix is multiplied and where it lives.</summary>
/// <param name="background">Where given, packs there instead of at once.</param>
public sealed class MatrixLoader(ComputePool pool, bool int8, bool packed, Action<long>? packedBytes = null, BackgroundPacking? background = null)
{
    /// <summary>Integer products where the format has them and they are wanted; F32 otherwise.</summary>
    public WeightMatrix Load(MatrixSource source)
    {
        WeightMatrix matrix = int8 && QuantizedMatrix.Applies(source) ? new QuantizedMatrix(source) : new FloatMatrix(source);
        if (!packed || !matrix.CanPack) return matrix;
        if (background is not null)
        {
            background.Add(matrix);
            return matrix;
        }

        matrix.Pack(pool);
        packedBytes?.Invoke(source.Bytes);
        return matrix;
    }

    /// <summary>Bytes that a stored tensor takes once its model is packed: more than in the file for formats of fewer than 8 bits without a layout of their own.</summary>
    public static long PackedBytes(StoredTensor tensor)
    {
        BlockFormat format = tensor.Format;
        if (format.SubBlock == 0 || format.Type == TensorType.MXFP4 || format.Type == TensorType.Q8_0) return tensor.ByteLength;
        if (PackedFormat.Of(format.Type) is { } own) return own.Bytes(checked(tensor.Elements / (QuantizedTile.BlockSize * WeightMatrix.GroupRows)));
        return checked(tensor.Elements / (QuantizedTile.BlockSize * WeightMatrix.GroupRows) * QuantizedMatrix.LayoutOf(format).BlockBytes);
    }
}
