using System.Globalization;
using System.Text.Json.Nodes;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>What <see cref="SyntheticModel"/> writes.</summary>
public sealed record SyntheticOptions
{
    /// <summary>A name of <see cref="SyntheticModel.Shapes"/>.</summary>
    public required string Shape { get; init; }

    /// <summary>Fewer or more layers than published; null: as published.</summary>
    public int? Layers { get; init; }

    /// <summary>True: GGUF; false: a Hugging Face folder; null: GGUF where the path ends in .gguf.</summary>
    public bool? Gguf { get; init; }

    /// <summary>Of matrices that are not MXFP4 experts. Null: Q8_0 in GGUF, the publisher's type in a folder.</summary>
    public TensorType? Type { get; init; }

    /// <summary>llama.cpp's mixture Q4_K_M in place of one type: Q4_K, and Q6_K for the matrices that need it most. GGUF only.</summary>
    public bool IsQ4KM { get; init; }

    public ulong Seed { get; init; }

    /// <summary>0 = one per processor. The bytes do not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>Writes a model of published shape with random weights, so that speed and memory can be tried without a download.</summary>
public static class SyntheticModel
{
    /// <summary>As published folders are cut.</summary>
    const long LargestShard = 4_800_000_000;

    public static IReadOnlyList<string> Shapes => [.. SyntheticShapes.All.Select(s => s.Name)];

    /// <summary>Writes to <paramref name="path"/>, which appears whole or not at all.</summary>
    /// <param name="progress">Bytes of tensors written, and in all.</param>
    public static void Write(SyntheticOptions options, string path, Action<long, long>? progress = null, CancellationToken cancellation = default)
    {
        SyntheticShape shape = SyntheticShapes.Get(options.Shape);
        if (options.Layers is { } layers)
        {
            if (layers is < 1 or > ConfigRules.MaximumLayers) throw new PoiseException($"A model has 1 to {ConfigRules.MaximumLayers} layers, not {layers}.");
            shape = shape.WithLayers(layers);
        }
        Write(shape, options, path, progress, cancellation);
    }

    internal static void Write(SyntheticShape shape, SyntheticOptions options, string path, Action<long, long>? progress, CancellationToken cancellation)
    {
        bool gguf = options.Gguf ?? path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
        TensorType type = options.IsQ4KM ? SyntheticMixture.Usual : options.Type ?? (gguf ? TensorType.Q8_0 : shape.FolderType);
        if (!gguf && type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16))
            throw new PoiseException($"A Hugging Face folder holds F32, F16 or BF16, not {type}; name a .gguf file for that type.");
        if (type is TensorType.MXFP4 or TensorType.U8 or TensorType.F8_E8M0) throw new PoiseException($"{type} is for experts only; choose another type for the other matrices.");
        IEnumerable<SyntheticTensor> plain = gguf ? SyntheticTensors.Gguf(shape.Config, type) : SyntheticTensors.HuggingFace(shape.Config, type);
        SyntheticTensor[] tensors = [.. plain.Select(t => (options.IsQ4KM ? SyntheticMixture.Apply(t, shape.Config) : t).Check())];
        long total = tensors.Sum(t => t.ByteLength), done = 0;
        CheckSpace(path, total);
        var stream = new SyntheticStream(options.Seed, options.Threads, written => progress?.Invoke(done += written, total), cancellation);
        if (gguf) WriteGguf(shape, options.IsQ4KM ? SyntheticMixture.FileType : SyntheticGguf.FileType(type), options.Seed, tensors, path, stream);
        else WriteFolder(shape, type, tensors, path, stream);
    }

    static void WriteGguf(SyntheticShape shape, uint fileType, ulong seed, SyntheticTensor[] tensors, string path, SyntheticStream stream)
    {
        var writer = new GgufWriter();
        SyntheticGguf.AddMetadata(writer, shape, fileType, seed);
        foreach (SyntheticTensor tensor in tensors) writer.AddTensor(tensor.Name, tensor.StoredType, tensor.Shape, output => stream.Write(tensor, output));
        writer.Write(path);
    }

    static void WriteFolder(SyntheticShape shape, TensorType type, SyntheticTensor[] tensors, string path, SyntheticStream stream)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(target) || Directory.Exists(target)) throw new PoiseException($"{path} is there already; name a folder that does not exist yet.");
        string temporary = $"{target}.{Guid.NewGuid():N}.partial";
        try
        {
            Directory.CreateDirectory(temporary);
            SyntheticFolder.Write(temporary, shape, type);
            List<List<SyntheticTensor>> shards = Divide(tensors);
            var map = new JsonObject();
            for (int number = 0; number < shards.Count; number++)
            {
                string name = shards.Count == 1 ? "model.safetensors"
                    : string.Create(CultureInfo.InvariantCulture, $"model-{number + 1:D5}-of-{shards.Count:D5}.safetensors");
                var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt" } };
                foreach (SyntheticTensor tensor in shards[number])
                {
                    writer.AddTensor(tensor.Name, tensor.StoredType, tensor.Shape, output => stream.Write(tensor, output));
                    map[tensor.Name] = name;
                }
                writer.Write(Path.Combine(temporary, name));
            }
            if (shards.Count > 1)
                HuggingFaceConfigFile.WriteJson(temporary, SafetensorsFolder.IndexName,
                    new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = tensors.Sum(t => t.ByteLength) }, ["weight_map"] = map });
            Directory.Move(temporary, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{path} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    static List<List<SyntheticTensor>> Divide(SyntheticTensor[] tensors)
    {
        List<List<SyntheticTensor>> shards = [[]];
        long bytes = 0;
        foreach (SyntheticTensor tensor in tensors)
        {
            if (shards[^1].Count > 0 && bytes + tensor.ByteLength > LargestShard)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }
        return shards;
    }

    // Better now than after some minutes of writing.
    static void CheckSpace(string path, long needed)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is null || !Directory.Exists(folder)) throw new PoiseException($"{path} cannot be written: the folder {folder} does not exist.");
        long free;
        try
        {
            free = new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return; // not every file system tells
        }
        if (needed > free)
            throw new PoiseException(string.Create(CultureInfo.InvariantCulture, $"{path} needs {needed / 1e9:F1} GB on the disk, and {free / 1e9:F1} GB are free; choose fewer layers."));
    }
}
