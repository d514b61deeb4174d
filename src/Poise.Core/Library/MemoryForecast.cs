using System.Globalization;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Library;

/// <summary>What a loaded model will take, in bytes.</summary>
/// <param name="Context">Tokens that the figure for keys and values is for.</param>
public sealed record MemoryForecast(long WeightBytes, long KeyValueBytes, int Context)
{
    /// <summary>Tokens to reserve for when nobody says: a conversation, not the whole context.</summary>
    public const int UsualContext = 4096;

    public long TotalBytes => checked(WeightBytes + KeyValueBytes);

    public static MemoryForecast Of(ModelPackage package, LoadOptions options, int? context = null)
    {
        int tokens = Math.Min(context ?? UsualContext, package.Config.ContextLength);
        int bytesPerElement = options.Activations == ActivationPrecision.F32 ? 4 : 2;
        long weights = options.Activations == ActivationPrecision.F32 ? package.WeightBytes : package.Checkpoint.Tensors.Sum(MatrixLoader.PackedBytes);
        return new MemoryForecast(weights, package.Config.KeyValueBytes(tokens, bytesPerElement), tokens);
    }

    /// <summary>
    /// Bytes that loading copies wherever the weights are placed: experts stored [in, out] in 16 or 32 bits, and latent projections
    /// stored so, are turned into rows.
    /// </summary>
    public static long CopiedBytes(ModelPackage package) => package.Config switch
    {
        GptOssConfig when package is HuggingFacePackage =>
            package.Checkpoint.Tensors.Where(t => t.Shape.Length == 3 && t.Type is (TensorType.F32 or TensorType.F16 or TensorType.BF16)).Sum(t => t.ByteLength),
        // At most F32; see MatrixSource.FromHeads.
        DeepSeekConfig => package.Checkpoint.Tensors.Where(t => t.Name.EndsWith(".attn_k_b.weight", StringComparison.Ordinal) || t.Name.EndsWith(".attn_v_b.weight", StringComparison.Ordinal))
            .Sum(t => checked(t.Elements * sizeof(float))),
        _ => 0,
    };

    /// <summary>Bytes, packed, of the experts that may be in memory or not, each by itself; 0 where the experts are not quantised or there are none.</summary>
    public static long StreamableBytes(ModelPackage package) => package.Config.Experts == 0 ? 0
        : package.Checkpoint.Tensors.Where(t => ExpertTensors.Contains(t.Name) && t.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F8_E4M3)).Sum(MatrixLoader.PackedBytes);

    /// <summary>Bytes that are left for experts when everything else has its place: an eighth of the memory, and keys and values of up to 2 GiB.</summary>
    public static long ExpertRoom(ModelPackage package, LoadOptions options) => ExpertRoom(package, options, MachineMemory.AvailableBytes());

    static long ExpertRoom(ModelPackage package, LoadOptions options, long available)
    {
        long others = Of(package, options).WeightBytes - StreamableBytes(package);
        long keys = Math.Min(2L << 30, Of(package, options, package.Config.ContextLength).KeyValueBytes);
        return available - available / 8 - others - keys;
    }

    /// <summary>
    /// Packs where weights, keys and values fit into what is free with an eighth to spare; else streams experts, if a twentieth
    /// of them fits; else the weights stay in the mapped file, of which the system keeps as much in memory as there is room for.
    /// </summary>
    public static WeightPlacement Place(ModelPackage package, LoadOptions options)
    {
        if (options.Placement != WeightPlacement.Automatic) return options.Placement;
        if (options.Activations == ActivationPrecision.F32) return WeightPlacement.Mapped;
        long available = MachineMemory.AvailableBytes();
        if (Of(package, options).TotalBytes <= available - available / 8) return WeightPlacement.Packed;
        return StreamableBytes(package) is > 0 and var bytes && ExpertRoom(package, options, available) >= bytes / 20 ? WeightPlacement.Streamed : WeightPlacement.Mapped;
    }

    /// <summary>Throws when this machine cannot hold it.</summary>
    public void Check(string path) => Check(path, MachineMemory.AvailableBytes());

    internal void Check(string path, long available)
    {
        if (TotalBytes > available)
            throw new PoiseException($"{path} needs {Show(TotalBytes)} of memory ({Show(WeightBytes)} of weights, {Show(KeyValueBytes)} of keys and values for {Context} tokens), "
                + $"and {Show(available)} are available. Leave its weights mapped from the file, close other programs, or take a smaller model.");
    }

    static string Show(long bytes) => bytes >= 1 << 29
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):F1} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):F1} MiB");
}
