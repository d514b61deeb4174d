using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>A merged model as a GGUF file: the base's keys and tensors in their order, the changed ones anew.</summary>
static class MergedGguf
{
    public static IReadOnlyList<string> Write(GgufFile file, AdapterMerge merge, string output, MergeOptions options)
    {
        if (Directory.Exists(output) || !output.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            throw new PoiseException($"{output}: the base is a GGUF file; name a file that ends in .gguf.");
        if (File.Exists(output)) throw new PoiseException($"{output} is there already; name another file.");
        var writer = new GgufWriter((int)(file.Metadata.FindInteger("general.alignment", 1, 1 << 20) ?? 32));
        foreach ((string key, object value) in file.Metadata)
            if (key != "general.alignment" && !key.StartsWith("split.", StringComparison.Ordinal)) writer.Add(key, Narrow(value));
        Dictionary<StoredTensor, MergedTensor> changed = merge.Tensors.Where(tensor => tensor.Name == tensor.Source.Name).ToDictionary(tensor => tensor.Source);
        long done = 0;
        bool lossy = false;
        foreach (StoredTensor tensor in file.Tensors)
        {
            if (changed.TryGetValue(tensor, out MergedTensor? merged)) Add(merged);
            else writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => Write(stream, s => MergedTypes.Copy(tensor, s, options.Cancellation)));
        }

        foreach (MergedTensor tensor in merge.Tensors.Where(tensor => tensor.Name != tensor.Source.Name)) Add(tensor);
        writer.Write(output);
        return lossy ? [MergedTypes.LossNote] : [];

        void Add(MergedTensor tensor)
        {
            TensorType type = MergedTypes.Of(tensor, options.Type);
            lossy |= !MergedTypes.IsPlain(type);
            writer.AddTensor(tensor.Name, type, tensor.Shape, stream => Write(stream, s => MergedTypes.Write(tensor, type, s, options.Cancellation)));
        }

        void Write(Stream stream, Action<Stream> write)
        {
            write(stream);
            options.Progress?.Invoke(++done, file.Tensors.Count);
        }
    }

    // Whole numbers are held wide, and readers expect the 32 bits that nearly all keys have.
    static object Narrow(object value) => value switch
    {
        ulong and <= uint.MaxValue => (uint)(ulong)value,
        long and >= int.MinValue and <= int.MaxValue => (int)(long)value,
        _ => value,
    };
}
