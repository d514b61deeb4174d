using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Tests.Formats;

/// <summary>Small files with something of everything.</summary>
static class SampleFiles
{
    /// <summary>Keys of every type and the values that a reader gives for them.</summary>
    public static readonly (string Key, object Written, object Read)[] Values =
    [
        ("general.architecture", "llama", "llama"),
        ("u8", (byte)200, 200UL),
        ("i8", (sbyte)-5, -5L),
        ("u16", (ushort)60_000, 60_000UL),
        ("i16", (short)-30_000, -30_000L),
        ("u32", 4_000_000_000u, 4_000_000_000UL),
        ("i32", -2_000_000_000, -2_000_000_000L),
        ("u64", ulong.MaxValue, ulong.MaxValue),
        ("i64", long.MinValue, long.MinValue),
        ("f32", 1.5f, 1.5f),
        ("f64", 2.5, 2.5),
        ("true", true, true),
        ("text", "Grüße \0 🙂", "Grüße \0 🙂"),
        ("empty text", "", ""),
        ("u8s", new byte[] { 1, 2, 3 }, new byte[] { 1, 2, 3 }),
        ("i8s", new sbyte[] { -1, 2 }, new sbyte[] { -1, 2 }),
        ("u16s", new ushort[] { 1, 65_535 }, new ushort[] { 1, 65_535 }),
        ("i16s", new short[] { -1, 7 }, new short[] { -1, 7 }),
        ("u32s", new uint[] { 1, uint.MaxValue }, new uint[] { 1, uint.MaxValue }),
        ("i32s", new[] { -1, 7 }, new[] { -1, 7 }),
        ("u64s", new ulong[] { ulong.MaxValue }, new ulong[] { ulong.MaxValue }),
        ("i64s", new[] { long.MinValue }, new[] { long.MinValue }),
        ("f32s", new[] { 0.5f, float.NaN }, new[] { 0.5f, float.NaN }),
        ("f64s", new[] { 0.5, -1 }, new[] { 0.5, -1 }),
        ("bools", new[] { true, false, true }, new[] { true, false, true }),
        ("texts", new[] { "a", "", "é" }, new[] { "a", "", "é" }),
        ("no texts", Array.Empty<string>(), Array.Empty<string>()),
        ("no numbers", Array.Empty<float>(), Array.Empty<float>()),
    ];

    public static readonly (string Name, TensorType Type, long[] Shape)[] GgufTensors =
    [
        ("token_embd.weight", TensorType.F32, [3, 5]),
        ("norm", TensorType.F16, [7]),
        ("blk.0.q", TensorType.Q4_K, [2, 256]),
        ("blk.0.k", TensorType.MXFP4, [2, 3, 2, 64]),
        ("scalar", TensorType.I32, []),
        ("empty", TensorType.F32, [0, 4]),
        ("blk.0.v", TensorType.Q8_0, [3, 32]),
    ];

    public static readonly (string Name, TensorType Type, long[] Shape)[] SafetensorsTensors =
    [
        ("bytes", TensorType.U8, [5]),
        ("weight", TensorType.BF16, [3, 5]),
        ("scale", TensorType.F8_E8M0, [3]),
        ("\"quoted\" \n 🙂", TensorType.F32, [2, 2]),
        ("scalar", TensorType.I64, []),
        ("empty", TensorType.F32, [0, 4]),
        ("mask", TensorType.Bool, [1, 1, 1, 1, 1, 3]),
    ];

    public static GgufWriter Gguf(int alignment = 32, int version = 3)
    {
        var writer = new GgufWriter(alignment, version);
        foreach ((string key, object written, _) in Values) writer.Add(key, written);
        foreach ((string name, TensorType type, long[] shape) in GgufTensors)
            writer.AddTensor(name, type, shape, stream => stream.Write(Content(name, type, shape)));
        return writer;
    }

    public static SafetensorsWriter Safetensors()
    {
        var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt", ["note"] = "é \"x\"" } };
        foreach ((string name, TensorType type, long[] shape) in SafetensorsTensors)
            writer.AddTensor(name, type, shape, stream => stream.Write(Content(name, type, shape)));
        return writer;
    }

    /// <summary>Bytes that differ from tensor to tensor.</summary>
    public static byte[] Content(string name, TensorType type, long[] shape)
    {
        Assert.True(TypeSizes.Get(type).TryGetBytes(shape, out long length));
        var bytes = new byte[length];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)((i * 7) + name.Length + name[0]);
        return bytes;
    }
}
