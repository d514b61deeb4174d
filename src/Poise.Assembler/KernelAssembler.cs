using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Assembler;

/// <summary>Assembles the kernel of a format when the first matrix of that format is loaded, in the background: until it is there, and where it cannot be, the C# kernel computes the same bits.</summary>
/// <param name="place">Puts code into executable memory; 0 where the system refuses.</param>
sealed class KernelAssembler(Func<byte[], nint> place)
{
    static readonly Dictionary<TensorType, Func<KernelEmitter>> s_emitters = new()
    {
        [TensorType.MXFP4] = () => new MxEmitter(),
        [TensorType.Q8_0] = () => new CodesEmitter(),
        [TensorType.Q4_0] = () => new NibblesEmitter(PackedNibbles.Layout.Q4_0),
        [TensorType.Q4_1] = () => new NibblesEmitter(PackedNibbles.Layout.Q4_1),
        [TensorType.Q4_K] = () => new NibblesEmitter(PackedNibbles.Layout.Q4_K),
        [TensorType.Q6_K] = () => new SixBitsEmitter(),
    };

    readonly Lock _lock = new();
    readonly Dictionary<TensorType, Task<string?>> _work = [];

    /// <summary>Formats that have a kernel here.</summary>
    public static IEnumerable<TensorType> Formats => s_emitters.Keys;

    public static byte[] Emit(TensorType type, bool windows) => s_emitters[type]().Emit(windows);

    public void Prepare(TensorType type)
    {
        if (!s_emitters.ContainsKey(type)) return;
        lock (_lock)
        {
            if (!_work.ContainsKey(type)) _work.Add(type, Task.Run(() => Assemble(type)));
        }
    }

    /// <summary>What computes the formats asked for so far, in words; waits for what is being assembled.</summary>
    public string Describe()
    {
        KeyValuePair<TensorType, Task<string?>>[] work;
        lock (_lock) work = [.. _work];
        string[] assembled = [.. work.Where(w => w.Value.Result is null).Select(w => w.Key.ToString()).Order(StringComparer.Ordinal)];
        string? obstacle = work.Select(w => w.Value.Result).FirstOrDefault(o => o is not null);
        if (obstacle is not null) return $"C#; {obstacle}";
        return assembled.Length > 0 ? $"assembled for AVX-512 VNNI: {string.Join(", ", assembled)}; C# for the rest" : "C#; none is assembled for these weights";
    }

    // Null, or why there is no code.
    string? Assemble(TensorType type)
    {
        try
        {
            nint entry = place(Emit(type, OperatingSystem.IsWindows()));
            if (entry == 0) return "the system refuses executable memory";
            KernelOverride.Set(type, entry);
            return null;
        }
        catch (Exception error)
        {
            // Also what a trimmed or sandboxed process may miss: the answer is slower then and the same, and the report says why.
            return $"assembling failed: {error.Message}";
        }
    }
}
