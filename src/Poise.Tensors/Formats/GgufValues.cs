using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Poise.Tensors.Formats;

/// <summary>Reads one metadata value. Scalars are widened as <see cref="GgufMetadata"/> says; arrays keep their element type.</summary>
static class GgufValues
{
    public static object Read(GgufCursor cursor, string key)
    {
        uint type = cursor.ReadUInt32(key);
        return (GgufValueType)type switch
        {
            GgufValueType.UInt8 => (ulong)cursor.ReadByte(key),
            GgufValueType.Int8 => (long)(sbyte)cursor.ReadByte(key),
            GgufValueType.UInt16 => (ulong)BinaryPrimitives.ReadUInt16LittleEndian(cursor.Take(2, key)),
            GgufValueType.Int16 => (long)BinaryPrimitives.ReadInt16LittleEndian(cursor.Take(2, key)),
            GgufValueType.UInt32 => (ulong)cursor.ReadUInt32(key),
            GgufValueType.Int32 => (long)(int)cursor.ReadUInt32(key),
            GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(cursor.Take(4, key)),
            GgufValueType.Bool => ReadBool(cursor, key),
            GgufValueType.String => cursor.ReadString(key, GgufCursor.LargestArray),
            GgufValueType.Array => ReadArray(cursor, key),
            GgufValueType.UInt64 => cursor.ReadUInt64(key),
            GgufValueType.Int64 => (long)cursor.ReadUInt64(key),
            GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(cursor.Take(8, key)),
            _ => throw new ModelFileException(cursor.Source.Path, key, $"value type {type} is unknown; expected 0 to 12"),
        };
    }

    static bool ReadBool(GgufCursor cursor, string key)
    {
        byte value = cursor.ReadByte(key);
        if (value > 1) throw NotBool(cursor, key, value);
        return value == 1;
    }

    static object ReadArray(GgufCursor cursor, string key)
    {
        uint type = cursor.ReadUInt32(key);
        return (GgufValueType)type switch
        {
            GgufValueType.UInt8 => ReadNumbers<byte>(cursor, key),
            GgufValueType.Int8 => ReadNumbers<sbyte>(cursor, key),
            GgufValueType.UInt16 => ReadNumbers<ushort>(cursor, key),
            GgufValueType.Int16 => ReadNumbers<short>(cursor, key),
            GgufValueType.UInt32 => ReadNumbers<uint>(cursor, key),
            GgufValueType.Int32 => ReadNumbers<int>(cursor, key),
            GgufValueType.Float32 => ReadNumbers<float>(cursor, key),
            GgufValueType.Bool => ReadBools(cursor, key),
            GgufValueType.String => ReadStrings(cursor, key),
            GgufValueType.Array => throw new ModelFileException(cursor.Source.Path, key, "an array of arrays is not supported"),
            GgufValueType.UInt64 => ReadNumbers<ulong>(cursor, key),
            GgufValueType.Int64 => ReadNumbers<long>(cursor, key),
            GgufValueType.Float64 => ReadNumbers<double>(cursor, key),
            _ => throw new ModelFileException(cursor.Source.Path, key, $"array element type {type} is unknown; expected 0 to 12"),
        };
    }

    // .NET runs on little-endian machines only, so the bytes are the numbers.
    static unsafe T[] ReadNumbers<T>(GgufCursor cursor, string key) where T : unmanaged
    {
        int count = cursor.ReadCount(key, sizeof(T), GgufCursor.LargestArray / sizeof(T));
        if (count == 0) return [];
        T[] values = GC.AllocateUninitializedArray<T>(count);
        cursor.Take(count * sizeof(T), key).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    static bool[] ReadBools(GgufCursor cursor, string key)
    {
        int count = cursor.ReadCount(key, 1, GgufCursor.LargestArray);
        ReadOnlySpan<byte> bytes = cursor.Take(count, key);
        int wrong = bytes.IndexOfAnyExceptInRange((byte)0, (byte)1);
        if (wrong >= 0) throw NotBool(cursor, key, bytes[wrong]);
        return MemoryMarshal.Cast<byte, bool>(bytes).ToArray();
    }

    static string[] ReadStrings(GgufCursor cursor, string key)
    {
        int count = cursor.ReadCount(key, sizeof(ulong), GgufCursor.LargestArray / sizeof(ulong));
        var values = new string[count];
        for (int i = 0; i < count; i++) values[i] = cursor.ReadString(key, GgufCursor.LargestArray);
        return values;
    }

    static ModelFileException NotBool(GgufCursor cursor, string key, byte value) =>
        new(cursor.Source.Path, key, $"a bool must be 0 or 1, found {value}");
}
