namespace Poise.Tensors;

/// <summary>One growing scratch buffer per thread of a compute pool.</summary>
public sealed unsafe class ScratchPool(int threads) : IDisposable
{
    readonly NativeBuffer?[] _buffers = new NativeBuffer?[threads];

    internal float* Get(int worker, long floats)
    {
        NativeBuffer? buffer = _buffers[worker];
        if (buffer is null || buffer.Length < floats * sizeof(float))
        {
            buffer?.Dispose();
            _buffers[worker] = buffer = new NativeBuffer(checked(floats * sizeof(float)));
        }

        return buffer.Floats;
    }

    public void Dispose()
    {
        foreach (NativeBuffer? buffer in _buffers) buffer?.Dispose();
    }
}
