using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>Opens adapters of every kind that Poise reads.</summary>
public static class AdapterFile
{
    /// <summary>Reads an adapter and prepares it for a model: sequences of that model may then be given it.</summary>
    /// <param name="package">Where the model came from; it must stay open.</param>
    /// <param name="strength">A factor for all low-rank differences.</param>
    public static LoadedAdapter Load(string path, ModelPackage package, Model model, double strength = 1)
    {
        DecoderModel decoder = model as DecoderModel ?? throw new ArgumentException("Adapters are for decoder models.", nameof(model));
        var layers = new ModelLayers(decoder, package.Path, BaseDigest.Of(package.Checkpoint));
        return AdapterLoader.Load(decoder, layers, Read(path, layers.Base, package.Config), strength);
    }

    /// <summary>Prepares an adapter that was made in memory, which becomes the result's.</summary>
    internal static LoadedAdapter Attach(Adapter adapter, ModelPackage package, Model model)
    {
        DecoderModel decoder = model as DecoderModel ?? throw new ArgumentException("Adapters are for decoder models.", nameof(model));
        return AdapterLoader.Load(decoder, new ModelLayers(decoder, package.Path, digest: null), adapter, 1);
    }

    /// <summary>
    /// Reads a folder as PEFT writes it, or a GGUF adapter, and checks it against its base. Throws a <see cref="PoiseException"/> that names the
    /// field or tensor for everything that cannot be honoured.
    /// </summary>
    /// <param name="config">Of the base; GGUF adapters need it for their names.</param>
    public static Adapter Read(string path, AdapterBase @base, ModelConfig? config = null)
    {
        ArgumentNullException.ThrowIfNull(@base);
        if (Directory.Exists(path)) return PeftReader.Read(path, @base);
        if (!File.Exists(path)) throw new PoiseException($"{path}: no such adapter; expected a folder with {AdapterConfig.FileName} and {PeftReader.FileName}, or a GGUF adapter.");
        using Checkpoint file = CheckpointFile.Open(path);
        if (file is not GgufFile gguf) throw new PoiseException($"{path} is no adapter by itself; name the folder that holds it and {AdapterConfig.FileName}.");
        return GgufAdapterReader.Read(gguf, @base, config ?? throw new PoiseException($"{path} is a GGUF adapter, and Poise does not run its base."));
    }

    /// <summary>Writes a folder as PEFT does.</summary>
    /// <param name="base">The base that it is for; its digest is recorded.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    public static void WritePeft(Adapter adapter, AdapterBase @base, string folder, TensorType type = TensorType.F32) => PeftWriter.Write(adapter, @base, folder, type);

    /// <summary>Writes a GGUF adapter; only low-rank pairs fit into one.</summary>
    public static void WriteGguf(Adapter adapter, AdapterBase @base, ModelConfig config, string path, TensorType type = TensorType.F32) =>
        GgufAdapterWriter.Write(adapter, @base, config, path, type);
}
