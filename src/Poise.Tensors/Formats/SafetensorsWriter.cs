using System.Text.Json;

namespace Poise.Tensors.Formats;

/// <summary>
/// Writes a safetensors file. Tensors are streamed: their callbacks run one after the other while the file is written, so its size is not
/// bounded by the memory. The file appears whole or not at all.
/// </summary>
public sealed class SafetensorsWriter
{
    readonly List<TensorToWrite> _tensors = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal) { "__metadata__" };

    /// <summary>Stands under "__metadata__" where it is not empty.</summary>
    public IDictionary<string, string> Metadata { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <param name="shape">Outermost dimension first.</param>
    /// <param name="write">Writes the bytes of the tensor, all of them, to the stream. Called in the order of the file, not of adding.</param>
    public void AddTensor(string name, TensorType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        TensorToWrite tensor = TensorToWrite.Create(name, type, shape, write);
        if (tensor.Type.SafetensorsName is null) throw new ArgumentException($"{name}: safetensors has no type {type}.", nameof(type));
        if (!_names.Add(name)) throw new ArgumentException($"{name} was added twice, or is reserved.", nameof(name));
        _tensors.Add(tensor);
    }

    public void Write(string path)
    {
        // The order of the reference writer: widest elements first, so that all data are naturally aligned, then by name.
        TensorToWrite[] ordered = [.. _tensors.OrderByDescending(t => t.Type.BlockBytes).ThenBy(t => t.Name, StringComparer.Ordinal)];
        byte[] header = WriteHeader(ordered);
        AtomicFile.Write(path, stream =>
        {
            int padded = (header.Length + 7) & ~7;
            stream.Write(BitConverter.GetBytes((ulong)padded));
            stream.Write(header);
            for (int i = header.Length; i < padded; i++) stream.WriteByte((byte)' ');
            foreach (TensorToWrite tensor in ordered) tensor.WriteTo(stream);
        });
    }

    byte[] WriteHeader(TensorToWrite[] ordered)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonWriting.Plain))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in Metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (TensorToWrite tensor in ordered)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.SafetensorsName);
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.Shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset = checked(offset + tensor.ByteLength));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
