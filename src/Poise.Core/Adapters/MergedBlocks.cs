using Poise.Tensors;
using Poise.Tensors.Quantization;

namespace Poise.Core.Adapters;

/// <summary>Experts whose base is MXFP4 in two tensors: written dense, [experts, in, out], or as such a pair again.</summary>
static class MergedBlocks
{
    /// <summary>The shape of the dense tensor.</summary>
    public static long[] DenseShape(MergedTensor tensor) => [tensor.Shape[0], tensor.Shape[2], tensor.Shape[1]];

    public static void WriteDense(MergedTensor tensor, TensorType type, Stream stream, CancellationToken cancellation)
    {
        int outputs = checked((int)tensor.Shape[1]), inputs = tensor.Columns;
        float[] expert = new float[checked(outputs * inputs)], turned = new float[expert.Length];
        for (long e = 0; e < tensor.Shape[0]; e++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int o = 0; o < outputs; o++) tensor.Read(e * outputs + o, expert.AsSpan(o * inputs, inputs));
            // In tiles: both sides stay in the cache.
            const int Tile = 32;
            for (int o0 = 0; o0 < outputs; o0 += Tile)
                for (int i0 = 0; i0 < inputs; i0 += Tile)
                    for (int o = o0; o < Math.Min(o0 + Tile, outputs); o++)
                        for (int i = i0; i < Math.Min(i0 + Tile, inputs); i++) turned[i * outputs + o] = expert[o * inputs + i];
            Factors.Write(stream, turned, type);
        }
    }

    /// <param name="scales">The scales, or else the codes.</param>
    public static void WritePair(MergedTensor tensor, bool scales, Stream stream, CancellationToken cancellation)
    {
        BlockFormat format = BlockFormats.Get(TensorType.MXFP4);
        int groups = tensor.Columns / 32;
        float[] values = new float[tensor.Columns];
        byte[] row = new byte[format.RowBytes(tensor.Columns)], codes = new byte[groups * 16], exponents = new byte[groups];
        for (long r = 0; r < tensor.Rows; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            tensor.Read(r, values);
            format.Quantize(values, row);
            MXFP4Layouts.FromGguf(row, codes, exponents);
            stream.Write(scales ? exponents : codes);
        }
    }
}
