namespace Poise.Tensors.Formats;

/// <summary>The bytes of a file at a fixed address: a <see cref="MappedFile"/>, or memory in tests.</summary>
public abstract unsafe class ByteSource : IDisposable
{
    private protected ByteSource(string path) => Path = path;

    /// <summary>For messages, and to find the files beside it.</summary>
    public string Path { get; }

    public long Length { get; private protected set; }

    /// <summary>Valid until disposed.</summary>
    internal byte* Pointer { get; private protected set; }

    /// <summary>Bytes that must lie inside the file.</summary>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(Pointer is null, this);
        if (offset < 0 || length < 0 || length > Length || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{Path}: bytes {offset} + {length} are outside the file ({Length} bytes).");
        return new ReadOnlySpan<byte>(Pointer + offset, length);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected virtual void Dispose(bool disposing) => Pointer = null;
}
