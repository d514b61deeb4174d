using Poise.Tensors.Quantization;

namespace Poise.Tensors.Formats;

/// <summary>
/// A tensor where it lies in a mapped file. <see cref="Shape"/> is outermost dimension first (as in Hugging Face files;
/// GGUF's order is reversed on reading), so the last dimension is contiguous. Already checked: the bytes lie inside the file.
/// </summary>
public sealed unsafe class StoredTensor
{
    internal StoredTensor(string name, TensorType type, long[] shape, byte* pointer, long byteLength, string file)
    {
        Name = name;
        Type = type;
        Shape = shape;
        Pointer = pointer;
        ByteLength = byteLength;
        File = file;
    }

    public string Name { get; }
    public TensorType Type { get; }
    public long[] Shape { get; }
    public long ByteLength { get; }

    /// <summary>The file that holds it, for messages.</summary>
    public string File { get; }

    public BlockFormat Format => BlockFormats.Get(Type);

    /// <summary>Product of the shape (checked when the file was opened).</summary>
    public long Elements
    {
        get
        {
            long n = 1;
            foreach (long d in Shape) n = checked(n * d);
            return n;
        }
    }

    /// <summary>Valid while the checkpoint is open.</summary>
    internal byte* Pointer { get; }

    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > ByteLength - length)
            throw new ArgumentOutOfRangeException(nameof(offset));
        return new ReadOnlySpan<byte>(Pointer + offset, length);
    }

    /// <summary>Decodes everything to F32. For small tensors (norms, biases, tests).</summary>
    public float[] ToFloats()
    {
        long n = Elements;
        if (n > Array.MaxLength) throw new ModelFileException(File, Name, $"{n:N0} elements are too many to decode at once");
        var values = new float[n];
        // In pieces: the bytes of one tensor may be more than a span holds.
        int piece = (1 << 20) / Format.BlockElements * Format.BlockElements;
        for (long from = 0; from < n; from += piece)
        {
            int count = (int)Math.Min(piece, n - from);
            Format.Dequantize(Bytes(Format.RowBytes(from), (int)Format.RowBytes(count)), values.AsSpan((int)from, count));
        }

        return values;
    }
}
