using System.Text.Json;
using System.Text.Json.Nodes;
using Poise.Core.Adapters;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Learning;

/// <summary>
/// A trained model as a Hugging Face folder: the base's files again, trained tensors in the types and the places that they had,
/// everything beside the weights copied. Streamed tensor by tensor; the folder appears whole or not at all.
/// </summary>
/// <param name="table">The embedding table that the output is tied to, by its full name; null where it is not.</param>
sealed class ModelFolder(SafetensorsFolder @base, string? table)
{
    static readonly string[] s_weights = [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".onnx", ".h5", ".msgpack"];

    /// <summary>Of the weights.</summary>
    public long Bytes => @base.Files.Sum(file => file.Tensors.Sum(tensor => tensor.ByteLength)) + (1 << 20);

    public void Write(string path, IReadOnlyList<Parameter> parameters)
    {
        Dictionary<string, Parameter> trained = parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        // A file may hold an output although the configuration ties it to the table: one that learnt by itself is tied no longer, and one
        // that nothing read stays the table.
        bool unties = table is not null && trained.ContainsKey(AdapterBase.HeadName);
        Parameter? tied = table is null ? null : parameters.FirstOrDefault(p => p.Name == table || table.EndsWith($".{p.Name}", StringComparison.Ordinal));
        if (tied is not null) trained.TryAdd(AdapterBase.HeadName, tied);
        try
        {
            using var folder = new AtomicFolder(path);
            foreach (SafetensorsFile file in @base.Files) Write(file, Path.Combine(folder.TemporaryPath, Path.GetFileName(file.Path)), trained);
            foreach (string beside in Directory.EnumerateFiles(@base.Path))
                if (!s_weights.Contains(Path.GetExtension(beside), StringComparer.OrdinalIgnoreCase)) AtomicFile.Copy(beside, Path.Combine(folder.TemporaryPath, Path.GetFileName(beside)));
            if (unties) Untie(Path.Combine(folder.TemporaryPath, "config.json"));
            if (Directory.Exists(path)) AtomicFolder.Delete(path);
            folder.Commit();
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            throw new PoiseException($"{path} cannot be written: {e.Message}", e);
        }
    }

    static void Write(SafetensorsFile file, string path, Dictionary<string, Parameter> trained)
    {
        var writer = new SafetensorsWriter();
        foreach ((string key, string value) in file.Metadata) writer.Metadata[key] = value;
        foreach (StoredTensor tensor in file.Tensors)
        {
            if (trained.TryGetValue(tensor.Name, out Parameter? parameter) && parameter.Elements == tensor.Elements)
                writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => Factors.Write(stream, parameter.Value.All, tensor.Type));
            else writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => MergedTypes.Copy(tensor, stream, CancellationToken.None));
        }

        writer.Write(path);
    }

    static void Untie(string path)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        config["tie_word_embeddings"] = false;
        AtomicFile.Write(path, stream =>
        {
            using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
            config.WriteTo(writer);
        });
    }
}
