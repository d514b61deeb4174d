namespace Poise.Tensors.Formats;

/// <summary>A tensor that a writer was told of; its bytes are asked for when their turn comes.</summary>
sealed record TensorToWrite(string Name, TypeSize Type, long[] Shape, long ByteLength, Action<Stream> Write)
{
    public static TensorToWrite Create(string name, TensorType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        TypeSize size = TypeSizes.Get(type);
        if (!size.HasWholeRows(shape))
            throw new ArgumentException($"{name}: {type} rows must be a multiple of {size.BlockElements} elements.", nameof(shape));
        if (!size.TryGetBytes(shape, out long bytes))
            throw new ArgumentException($"{name}: shape [{string.Join(", ", shape.ToArray())}] is negative or too large.", nameof(shape));
        return new TensorToWrite(name, size, shape.ToArray(), bytes, write);
    }

    /// <summary>Runs the callback and checks that it writes the announced number of bytes.</summary>
    public void WriteTo(Stream stream)
    {
        using var counted = new CountedStream(stream, Name, ByteLength);
        Write(counted);
        counted.CheckComplete();
    }
}
