using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// y = W x for weights in some format. Work is divided by groups of 16 rows: a thread owns whole output elements. A group is read
/// from the mapped file as it is used, or from memory where it has been packed: the same kernel either way, hence the same bits.
/// </summary>
public abstract unsafe class WeightMatrix : IDisposable
{
    public const int GroupRows = 16;

    // The prefetch of the last blocks looks past the end.
    const int Slack = 8192;

    NativeBuffer? _packed;

    // Memory that a MatrixStreamer lends and takes back.
    byte* _kept;

    // While groups are packed in the background: 1 for those that are. Null before and after.
    byte[]? _states;

    protected WeightMatrix(MatrixSource source) => Source = source;

    public MatrixSource Source { get; }

    public int Rows => Source.Rows;

    public int Columns => Source.Columns;

    public int Groups => (Rows + GroupRows - 1) / GroupRows;

    /// <summary>Whether it reads the 8-bit form of the activations.</summary>
    public abstract bool ReadsInt8 { get; }

    /// <summary>Whether it has a form of its own for the memory.</summary>
    public abstract bool CanPack { get; }

    /// <summary>Bytes of that form; 0 without one.</summary>
    public long PackedBytes => CanPack ? GroupBytes * Groups : 0;

    /// <summary>Bytes of a packed group.</summary>
    private protected abstract long GroupBytes { get; }

    /// <summary>Bytes of scratch per thread.</summary>
    internal abstract long ScratchBytes { get; }

    /// <summary>
    /// Rows 16*group.. for the batch rows of some tiles. y[(row of batch) * stride + row of matrix].
    /// </summary>
    internal abstract void Compute(int group, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, byte* scratch);

    /// <summary>Writes a group's packed form of <see cref="GroupBytes"/>.</summary>
    private protected abstract void PackGroup(int group, byte* target, byte* scratch);

    /// <summary>The packed group, or null where it is in the file alone.</summary>
    private protected byte* Packed(int group)
    {
        if (Volatile.Read(ref _packed) is not { } packed) return _kept is null ? null : _kept + group * GroupBytes;
        return _states is { } states && Volatile.Read(ref states[group]) == 0 ? null : packed.Pointer + group * GroupBytes;
    }

    /// <summary>Packs everything, and tells the system that the file will not be read again soon.</summary>
    internal void Pack(ComputePool pool)
    {
        var packed = new NativeBuffer(PackedBytes + Slack);
        pool.For(Groups, 32, (start, end, _) =>
        {
            using var scratch = new NativeBuffer(ScratchBytes);
            PackGroups(start, end, packed.Pointer, scratch);
        });
        _packed = packed;
        Source.Release();
    }

    /// <summary>Takes memory for the packed form, which <see cref="PackNext"/> fills; groups that are not there yet are read from the file.</summary>
    internal void PackLater()
    {
        _states = new byte[Groups];
        Volatile.Write(ref _packed, new NativeBuffer(PackedBytes + Slack));
    }

    /// <summary>Packs the next groups, in order. For <see cref="BackgroundPacking"/>, one thread.</summary>
    internal void PackNext(int group, int count, NativeBuffer scratch)
    {
        int end = Math.Min(Groups, group + count);
        PackGroups(group, end, _packed!.Pointer, scratch);
        for (; group < end; group++) Volatile.Write(ref _states![group], 1);
        if (end < Groups) return;
        _states = null;
        Source.Release();
    }

    /// <summary>Takes memory of <see cref="PackedBytes"/>, to be filled with <see cref="PackKept"/> before the next product; null gives it back.</summary>
    internal void Keep(byte* memory) => _kept = memory;

    /// <summary>Packs the groups first..end-1 into that memory.</summary>
    internal void PackKept(int first, int end, NativeBuffer scratch) => PackGroups(first, end, _kept, scratch);

    void PackGroups(int first, int end, byte* target, NativeBuffer scratch)
    {
        Source.Populate(first * GroupRows, Math.Min(Rows, end * GroupRows) - first * GroupRows);
        for (int g = first; g < end; g++) PackGroup(g, target + g * GroupBytes, scratch.Pointer);
    }

    public virtual void Dispose()
    {
        _packed?.Dispose();
        GC.SuppressFinalize(this);
    }
}
