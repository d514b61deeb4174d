namespace Poise.Tensors.Quantization;

/// <summary>
/// One tensor encoding: blocks of <see cref="BlockElements"/> consecutive elements stored in <see cref="BlockBytes"/> bytes.
/// A plain type (F32, F16, ...) is a block of one element.
/// </summary>
public abstract class BlockFormat
{
    protected BlockFormat(TensorType type, int ggufId, int blockElements, int blockBytes)
    {
        Type = type;
        GgufId = ggufId;
        BlockElements = blockElements;
        BlockBytes = blockBytes;
    }

    public TensorType Type { get; }

    /// <summary>The type id in GGUF files, or -1 where GGUF has none.</summary>
    public int GgufId { get; }

    public int BlockElements { get; }

    public int BlockBytes { get; }

    public string Name => Type.ToString();

    /// <summary>Bytes of a row of <paramref name="elements"/> elements. Throws <see cref="OverflowException"/> when they do not fit.</summary>
    public long RowBytes(long elements) => checked(elements / BlockElements * BlockBytes);

    /// <summary>Decodes whole blocks. <paramref name="blocks"/> [n * BlockBytes], <paramref name="values"/> [n * BlockElements].</summary>
    public abstract void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values);

    /// <summary>Whether <see cref="Quantize"/> exists.</summary>
    public virtual bool CanQuantize => false;

    /// <summary>Encodes whole blocks. <paramref name="values"/> [n * BlockElements], <paramref name="blocks"/> [n * BlockBytes].</summary>
    public virtual void Quantize(ReadOnlySpan<float> values, Span<byte> blocks) =>
        throw new NotSupportedException($"{Name} has no encoder.");

    /// <summary>
    /// Elements that share one scale in the 8-bit path (16 or 32), or 0 when the format has no integer path (plain floats).
    /// </summary>
    public virtual int SubBlock => 0;

    /// <summary>Whether <see cref="Unpack"/> yields minima other than zero.</summary>
    public virtual bool HasMinima => false;

    /// <summary>
    /// Splits whole blocks into what the integer dot product uses: value = scale * code - minimum, for each sub-block.
    /// <paramref name="codes"/> [n * BlockElements] signed, <paramref name="scales"/> and <paramref name="minima"/>
    /// [n * BlockElements / SubBlock]; a format without minima writes zeros.
    /// scale and minimum are exactly the float products that <see cref="Dequantize"/> forms (for example d * sc).
    /// </summary>
    public virtual void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima) =>
        throw new NotSupportedException($"{Name} has no integer path.");
}
