namespace Poise.Tensors.Kernels;

/// <summary>
/// Machine code that stands in for a kernel of packed weights, bit for bit: for instructions that .NET has no class for. A format
/// without an entry runs its C# kernel, which is the reference. Entries may come while products run.
/// </summary>
static unsafe class KernelOverride
{
    // Fewest activation rows: with one, memory is the limit and not arithmetic.
    const int FewestRows = 2;

    static readonly nint[] s_entries = new nint[Enum.GetValues<TensorType>().Length];
    static Action<TensorType>? s_prepare;

    /// <summary>What is told of each matrix that is loaded, so that code is there before its first product.</summary>
    public static void Install(Action<TensorType>? prepare) => Volatile.Write(ref s_prepare, prepare);

    public static void Prepare(TensorType type) => Volatile.Read(ref s_prepare)?.Invoke(type);

    /// <param name="type">A format.</param>
    /// <param name="entry">A function of a <see cref="KernelArguments"/>* in the platform's C convention that lives as long as the process; 0 = the C# kernel again.</param>
    public static void Set(TensorType type, nint entry) => Volatile.Write(ref s_entries[(int)type], entry);

    public static bool Has(TensorType type) => Volatile.Read(ref s_entries[(int)type]) != 0;

    /// <summary>accumulators[t * 16 + r] = row r of the group times activation row t, or false where the C# kernel shall do it.</summary>
    public static bool TryMultiply(TensorType type, byte* group, int blocks, in QuantizedTile tile, float* accumulators)
    {
        nint entry = Volatile.Read(ref s_entries[(int)type]);
        if (entry == 0 || tile.Rows < FewestRows) return false;
        Multiply(entry, group, blocks, tile, accumulators);
        return true;
    }

    public static void Multiply(nint entry, byte* group, int blocks, in QuantizedTile tile, float* accumulators)
    {
        new Span<float>(accumulators, tile.Rows * 16).Clear();
        if (blocks == 0) return;
        var arguments = new KernelArguments
        {
            Group = group,
            Codes = tile.Codes,
            Scales = tile.Scales,
            HalfScales = tile.HalfScales,
            Sums = tile.Sums,
            Totals = tile.Totals,
            Accumulators = accumulators,
            Rows = tile.Rows,
            Blocks = blocks,
        };
        ((delegate* unmanaged<KernelArguments*, void>)entry)(&arguments);
    }
}
