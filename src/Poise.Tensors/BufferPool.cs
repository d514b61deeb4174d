using System.Numerics;

namespace Poise.Tensors;

/// <summary>
/// Lends arrays and takes them back, so that every step of a run finds the memory of the one before. Lengths are rounded up to
/// 2^k or 1.5 * 2^k bytes, because the number of rows differs from step to step. For one thread.
/// </summary>
public sealed class BufferPool : IDisposable
{
    /// <summary>Up to twice the length that is asked for.</summary>
    const int LargerLengths = 2;

    readonly Dictionary<long, Stack<NativeBuffer>> _free = [];
    readonly HashSet<NativeBuffer> _lent = [];

    /// <summary>Bytes that exist, lent or not.</summary>
    public long Bytes { get; private set; }

    /// <summary>Contents are undefined.</summary>
    public FloatRows Rent(int rows, int columns)
    {
        long length = Rounded(checked((long)rows * columns * sizeof(float) + 64));
        NativeBuffer buffer = Free(length) ?? New(length);
        _lent.Add(buffer);
        return new FloatRows(buffer, rows, columns);
    }

    // A larger one that lies idle serves too: rows of experts differ from step to step, and every length would otherwise come to
    // its own peak.
    NativeBuffer? Free(long length)
    {
        for (int n = 0; n <= LargerLengths; n++, length = Rounded(length + 1))
            if (_free.TryGetValue(length, out Stack<NativeBuffer>? stack) && stack.TryPop(out NativeBuffer? buffer)) return buffer;
        return null;
    }

    NativeBuffer New(long length)
    {
        Bytes += length;
        return new NativeBuffer(length);
    }

    /// <summary>Takes back what <see cref="Rent"/> gave; nobody may use it any more.</summary>
    public void Return(FloatRows rows)
    {
        if (!_lent.Remove(rows.Memory)) throw new InvalidOperationException("This array was not lent, or came back before.");
        if (!_free.TryGetValue(rows.Memory.Length, out Stack<NativeBuffer>? stack)) _free[rows.Memory.Length] = stack = [];
        stack.Push(rows.Memory);
    }

    static long Rounded(long bytes)
    {
        long power = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes, 256));
        return bytes <= power / 4 * 3 ? power / 4 * 3 : power;
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in _free.Values.SelectMany(s => s).Concat(_lent)) buffer.Dispose();
        _free.Clear();
        _lent.Clear();
    }
}
