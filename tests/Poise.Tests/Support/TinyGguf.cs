using System.IO.Compression;
using System.Text;
using Poise.Tensors.Formats;

namespace Poise.Tests.Support;

/// <summary>Reads the key-value pairs of a GGUF file (gzip or plain), nothing else, for tests of what is built from them.</summary>
static class TinyGguf
{
    public static GgufMetadata Read(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : new BufferedStream(file);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        reader.ReadBytes(8 + 8);
        ulong count = reader.ReadUInt64();
        var values = new List<KeyValuePair<string, object>>();
        for (ulong i = 0; i < count; i++) values.Add(new(Text(reader), Value(reader, reader.ReadUInt32())));
        return new GgufMetadata(Path.GetFileName(path), values);
    }

    static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));

    static object Value(BinaryReader r, uint type) => type switch
    {
        0 => (ulong)r.ReadByte(),
        1 => (long)r.ReadSByte(),
        2 => (ulong)r.ReadUInt16(),
        3 => (long)r.ReadInt16(),
        4 => (ulong)r.ReadUInt32(),
        5 => (long)r.ReadInt32(),
        6 => r.ReadSingle(),
        7 => r.ReadByte() != 0,
        8 => Text(r),
        9 => List(r, r.ReadUInt32(), (int)r.ReadUInt64()),
        10 => r.ReadUInt64(),
        11 => r.ReadInt64(),
        12 => r.ReadDouble(),
        _ => throw new InvalidDataException($"GGUF type {type}"),
    };

    static object List(BinaryReader r, uint type, int count) => type switch
    {
        0 => r.ReadBytes(count),
        4 => Fill(count, r.ReadUInt32),
        5 => Fill(count, r.ReadInt32),
        6 => Fill(count, r.ReadSingle),
        7 => Fill(count, r.ReadBoolean),
        8 => Fill(count, () => Text(r)),
        _ => throw new InvalidDataException($"GGUF array of type {type}"),
    };

    static T[] Fill<T>(int count, Func<T> read)
    {
        var items = new T[count];
        for (int i = 0; i < count; i++) items[i] = read();
        return items;
    }
}
