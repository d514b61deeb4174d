using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Poise.Tests.Support;

/// <summary>Reads the tensors of a trusted small safetensors file, independently of the product's reader.</summary>
sealed class TinySafetensors
{
    readonly byte[] _file;
    readonly int _dataAt;
    readonly Dictionary<string, Entry> _entries = [];

    public TinySafetensors(string path)
    {
        _file = File.ReadAllBytes(path);
        int headerLength = checked((int)BinaryPrimitives.ReadInt64LittleEndian(_file));
        _dataAt = 8 + headerLength;
        using JsonDocument header = JsonDocument.Parse(_file.AsMemory(8, headerLength));
        foreach (JsonProperty property in header.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__") continue;
            JsonElement offsets = property.Value.GetProperty("data_offsets");
            int[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
            _entries.Add(property.Name, new Entry(shape, offsets[0].GetInt32(), offsets[1].GetInt32()));
        }
    }

    public IEnumerable<string> Names => _entries.Keys;

    public bool Has(string name) => _entries.ContainsKey(name);

    public int[] Shape(string name) => _entries[name].Shape;

    public ReadOnlySpan<byte> Bytes(string name) => _file.AsSpan()[(_dataAt + _entries[name].Start)..(_dataAt + _entries[name].End)];

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name)).ToArray();

    sealed record Entry(int[] Shape, int Start, int End);
}
