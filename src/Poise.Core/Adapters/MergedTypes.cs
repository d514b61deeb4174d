using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Quantization;

namespace Poise.Core.Adapters;

/// <summary>In which type merged tensors are written, and their bytes.</summary>
static class MergedTypes
{
    public const string LossNote = "the merged matrices are quantised again: small differences of the adapter may be lost; to keep them, leave the type out or run the adapter beside its base";

    public static bool IsPlain(TensorType type) => type is TensorType.F32 or TensorType.F16 or TensorType.BF16;

    /// <summary>As asked for, else as in the base, quantised ones in BF16.</summary>
    public static TensorType Of(MergedTensor tensor, TensorType? asked)
    {
        TensorType stored = tensor.BaseType == TensorType.F64 ? TensorType.F32 : IsPlain(tensor.BaseType) ? tensor.BaseType : TensorType.BF16;
        if (asked is not { } type || tensor.Columns == 1) return stored;
        BlockFormat format = BlockFormats.Get(type);
        if (!format.CanQuantize) throw new PoiseException($"Poise does not write weights of type {type}.");
        return tensor.Columns % format.BlockElements == 0 ? type
            : throw new PoiseException($"{tensor.Name} has rows of {tensor.Columns}, which are not whole {type} blocks of {format.BlockElements}; choose another type.");
    }

    /// <summary>All rows in the order in which the base stores them.</summary>
    public static void Write(MergedTensor tensor, TensorType type, Stream stream, CancellationToken cancellation)
    {
        if (tensor.Columns == 1)
        {
            float[] all = new float[tensor.Rows];
            for (int row = 0; row < all.Length; row++) tensor.Read(row, all.AsSpan(row, 1));
            Factors.Write(stream, all, type);
            return;
        }

        BlockFormat format = BlockFormats.Get(type);
        float[] values = new float[tensor.Columns];
        byte[] bytes = new byte[format.RowBytes(tensor.Columns)];
        for (long row = 0; row < tensor.Rows; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            tensor.Read(row, values);
            format.Quantize(values, bytes);
            stream.Write(bytes);
        }
    }

    public static void Copy(StoredTensor tensor, Stream stream, CancellationToken cancellation)
    {
        const int Piece = 4 << 20;
        for (long at = 0; at < tensor.ByteLength; at += Piece)
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Write(tensor.Bytes(at, (int)Math.Min(Piece, tensor.ByteLength - at)));
        }
    }
}
