using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Quantization;

/// <summary>
/// Formats of small integer codes under a scale, and sometimes a minimum, for each sub-block. Their numbers are by definition
/// scale * code - minimum, each operation rounded to float32, so decoding is <see cref="BlockFormat.Unpack"/> and that formula.
/// </summary>
abstract class IntegerBlockFormat(TensorType type, int ggufId, int blockElements, int blockBytes, int subBlock)
    : BlockFormat(type, ggufId, blockElements, blockBytes)
{
    // Blocks have 32 or 256 elements, sub-blocks 16 or 32.
    const int Chunk = 256;

    public sealed override int SubBlock => subBlock;

    public sealed override bool HasMinima =>
        Type is TensorType.Q4_1 or TensorType.Q5_1 or TensorType.Q2_K or TensorType.Q4_K or TensorType.Q5_K;

    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        int count = Count(blocks.Length);
        values = values[..(count * BlockElements)];
        Span<sbyte> codes = stackalloc sbyte[Chunk];
        Span<float> scales = stackalloc float[Chunk / 16];
        Span<float> minima = stackalloc float[Chunk / 16];
        while (!values.IsEmpty)
        {
            int elements = Math.Min(Chunk, values.Length);
            int bytes = elements / BlockElements * BlockBytes;
            int subBlocks = elements / subBlock;
            Unpack(blocks[..bytes], codes[..elements], scales[..subBlocks], minima[..subBlocks]);
            for (int s = 0, i = 0; s < subBlocks; s++)
                for (int end = i + subBlock; i < end; i += 16) Expand(codes.Slice(i, 16), scales[s], minima[s], values.Slice(i, 16));
            blocks = blocks[bytes..];
            values = values[elements..];
        }
    }

    /// <summary>The number of whole blocks in so many bytes.</summary>
    protected int Count(int bytes)
    {
        (int count, int rest) = Math.DivRem(bytes, BlockBytes);
        if (rest != 0) throw new ArgumentException($"{bytes:N0} bytes are not whole blocks of {Name} ({BlockBytes} bytes each).");
        return count;
    }

    /// <summary>The number of whole blocks in so many elements.</summary>
    protected int CountOfElements(int elements)
    {
        (int count, int rest) = Math.DivRem(elements, BlockElements);
        if (rest != 0) throw new ArgumentException($"{elements:N0} elements are not whole blocks of {Name} ({BlockElements} elements each).");
        return count;
    }

    // Multiplication and subtraction are rounded separately: a fused one would differ from the reference in the last bit.
    /// <summary>Sixteen codes to numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void Expand(ReadOnlySpan<sbyte> codes, float scale, float minimum, Span<float> values)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<float> wide = Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Create(codes)));
            (wide * scale - Vector512.Create(minimum)).CopyTo(values);
            return;
        }

        (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(Vector128.Create(codes));
        (Vector128<int> a, Vector128<int> b) = Vector128.Widen(lower);
        (Vector128<int> c, Vector128<int> d) = Vector128.Widen(upper);
        Vector128<float> minima = Vector128.Create(minimum);
        (Vector128.ConvertToSingle(a) * scale - minima).CopyTo(values[..4]);
        (Vector128.ConvertToSingle(b) * scale - minima).CopyTo(values.Slice(4, 4));
        (Vector128.ConvertToSingle(c) * scale - minima).CopyTo(values.Slice(8, 4));
        (Vector128.ConvertToSingle(d) * scale - minima).CopyTo(values.Slice(12, 4));
    }
}
