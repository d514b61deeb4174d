using System.Text.Json;
using System.Text.Json.Nodes;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Quantization;

namespace Poise.Core.Adapters;

/// <summary>A merged model as a Hugging Face folder: the base's files with the changed tensors in their places, everything beside the weights copied.</summary>
sealed class MergedFolder
{
    static readonly string[] s_weights = [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".onnx", ".h5", ".msgpack"];

    readonly SafetensorsFolder _base;
    readonly AdapterMerge _merge;
    readonly MergeOptions _options;
    readonly Dictionary<StoredTensor, MergedTensor> _changed;
    readonly HashSet<StoredTensor> _gone;
    readonly JsonObject _map = [];
    long _bytes, _done;

    MergedFolder(SafetensorsFolder folder, AdapterMerge merge, MergeOptions options)
    {
        (_base, _merge, _options) = (folder, merge, options);
        _changed = merge.Tensors.Where(tensor => !IsNew(tensor)).ToDictionary(tensor => tensor.Source);
        _gone = [.. merge.Tensors.Select(tensor => tensor.Scales).OfType<StoredTensor>()];
    }

    public static IReadOnlyList<string> Write(SafetensorsFolder folder, AdapterMerge merge, string output, MergeOptions options)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)), parent = Path.GetDirectoryName(target) ?? target;
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new PoiseException($"{output} is there already; name a folder that does not exist yet, or an empty one.");
        if (options.Type is { } type && !MergedTypes.IsPlain(type) && type != TensorType.MXFP4)
            throw new PoiseException($"A Hugging Face folder holds no weights of type {type}; expected F32, F16, BF16, or MXFP4 for experts that are MXFP4.");
        if (!Directory.Exists(parent)) throw new PoiseException($"{output}: the folder {parent} does not exist.");
        string temporary = Path.Combine(parent, $".poise-{Guid.NewGuid():N}.tmp");
        var writer = new MergedFolder(folder, merge, options);
        try
        {
            Directory.CreateDirectory(temporary);
            writer.WriteAll(temporary);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(temporary, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{output} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }

        return options.Type == TensorType.MXFP4 && writer._gone.Count > 0 ? [MergedTypes.LossNote] : [];
    }

    static bool IsNew(MergedTensor tensor) => tensor.Scales is null && tensor.Name == AdapterBase.HeadName && tensor.Source.Name != AdapterBase.HeadName;

    void WriteAll(string folder)
    {
        for (int n = 0; n < _base.Files.Count; n++) WriteFile(_base.Files[n], Path.Combine(folder, Path.GetFileName(_base.Files[n].Path)), last: n == _base.Files.Count - 1);
        foreach (string path in Directory.EnumerateFiles(_base.Path))
        {
            string name = Path.GetFileName(path);
            if (name is "config.json" or SafetensorsFolder.IndexName || s_weights.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)) continue;
            File.Copy(path, Path.Combine(folder, name));
        }

        WriteJson(Path.Combine(folder, "config.json"), Config());
        if (File.Exists(Path.Combine(_base.Path, SafetensorsFolder.IndexName)))
            WriteJson(Path.Combine(folder, SafetensorsFolder.IndexName), new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = _bytes }, ["weight_map"] = _map });
    }

    void WriteFile(SafetensorsFile file, string path, bool last)
    {
        var writer = new SafetensorsWriter();
        foreach ((string key, string value) in file.Metadata) writer.Metadata[key] = value;
        void Add(string name, TensorType type, long[] shape, Action<Stream> write)
        {
            writer.AddTensor(name, type, shape, stream =>
            {
                write(stream);
                _options.Progress?.Invoke(++_done, _base.Tensors.Count);
            });
            _bytes += shape.Aggregate(1L, (product, size) => product * size) * BlockFormats.Get(type).BlockBytes;
            _map[name] = Path.GetFileName(path);
        }

        foreach (StoredTensor tensor in file.Tensors)
        {
            if (_gone.Contains(tensor)) continue;
            if (_changed.TryGetValue(tensor, out MergedTensor? merged)) AddMerged(merged, Add);
            else Add(tensor.Name, tensor.Type, tensor.Shape, stream => MergedTypes.Copy(tensor, stream, _options.Cancellation));
        }

        if (last)
            foreach (MergedTensor tensor in _merge.Tensors.Where(IsNew)) AddMerged(tensor, Add);
        writer.Write(path);
    }

    void AddMerged(MergedTensor tensor, Action<string, TensorType, long[], Action<Stream>> add)
    {
        CancellationToken cancellation = _options.Cancellation;
        if (tensor.Scales is null)
        {
            TensorType type = MergedTypes.Of(tensor, _options.Type == TensorType.MXFP4 ? null : _options.Type);
            add(tensor.Name, type, tensor.Shape, stream => MergedTypes.Write(tensor, type, stream, cancellation));
        }
        else if (_options.Type == TensorType.MXFP4)
        {
            add(tensor.Source.Name, TensorType.U8, tensor.Source.Shape, stream => MergedBlocks.WritePair(tensor, scales: false, stream, cancellation));
            add(tensor.Scales.Name, TensorType.U8, tensor.Scales.Shape, stream => MergedBlocks.WritePair(tensor, scales: true, stream, cancellation));
        }
        else
        {
            TensorType type = _options.Type ?? TensorType.BF16;
            add(tensor.Name, type, MergedBlocks.DenseShape(tensor), stream => MergedBlocks.WriteDense(tensor, type, stream, cancellation));
        }
    }

    // What the merged tensors make untrue: a tied output, experts in MXFP4.
    JsonObject Config()
    {
        JsonObject config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_base.Path, "config.json")))!.AsObject();
        if (_merge.UntiesHead) config["tie_word_embeddings"] = false;
        if (_gone.Count == 0 || _options.Type == TensorType.MXFP4 || config["quantization_config"] is not JsonObject quantization) return config;
        int pairs = _base.Tensors.Count(tensor => tensor.Name.EndsWith("_blocks", StringComparison.Ordinal));
        if (pairs == _gone.Count) config.Remove("quantization_config");
        else
        {
            JsonArray dense = quantization["modules_to_not_convert"] as JsonArray ?? [];
            foreach (string module in _merge.Tensors.Where(t => t.Scales is not null).Select(t => t.Name[..t.Name.LastIndexOf('.')]).Distinct()) dense.Add((JsonNode)module);
            if (dense.Parent is null) quantization["modules_to_not_convert"] = dense;
        }

        return config;
    }

    static void WriteJson(string path, JsonObject json) => AtomicFile.Write(path, stream =>
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteTo(writer);
    });
}
