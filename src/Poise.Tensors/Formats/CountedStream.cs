namespace Poise.Tensors.Formats;

/// <summary>Passes an announced number of bytes on, neither more nor fewer: a callback that miscounts must not shift what follows.</summary>
sealed class CountedStream(Stream inner, string name, long expected) : Stream
{
    long _written;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _written;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    public void CheckComplete()
    {
        if (_written != expected) throw new InvalidOperationException($"{name}: {_written} bytes were written, {expected} were announced.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > expected - _written)
            throw new InvalidOperationException($"{name}: more than the {expected} bytes that were announced.");
        inner.Write(buffer);
        _written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
