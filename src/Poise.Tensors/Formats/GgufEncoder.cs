using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Poise.Tensors.Formats;

/// <summary>Writes the primitives of a GGUF head. The .NET type of a value decides the width that is stored.</summary>
sealed class GgufEncoder(Stream stream)
{
    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public void Write(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    public void Write(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    public void Write(string text)
    {
        byte[] bytes = s_utf8.GetBytes(text);
        Write((ulong)bytes.Length);
        stream.Write(bytes);
    }

    public void WriteKeyValue(string key, object value)
    {
        Write(key);
        GgufValueType? scalar = TypeOf(value.GetType());
        if (scalar is { } type)
        {
            Write((uint)type);
            WriteScalar(value);
            return;
        }
        var array = (Array)value;
        Write((uint)GgufValueType.Array);
        Write((uint)TypeOf(array.GetType().GetElementType()!)!.Value);
        Write((ulong)array.Length);
        if (array is string[] strings)
        {
            foreach (string text in strings) Write(text);
            return;
        }
        stream.Write(BytesOf(array));
    }

    /// <summary>Whether <see cref="WriteKeyValue"/> knows the type.</summary>
    public static bool IsSupported(object value) =>
        TypeOf(value.GetType()) is not null || (value is Array { Rank: 1 } && TypeOf(value.GetType().GetElementType()!) is not null);

    void WriteScalar(object value)
    {
        if (value is string text)
        {
            Write(text);
            return;
        }
        Array one = Array.CreateInstance(value.GetType(), 1);
        one.SetValue(value, 0);
        stream.Write(BytesOf(one));
    }

    // .NET runs on little-endian machines only, so the numbers are the bytes; a bool is 0 or 1.
    static ReadOnlySpan<byte> BytesOf(Array numbers) =>
        numbers.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(numbers), Buffer.ByteLength(numbers));

    static GgufValueType? TypeOf(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => null,
        TypeCode.Byte => GgufValueType.UInt8,
        TypeCode.SByte => GgufValueType.Int8,
        TypeCode.UInt16 => GgufValueType.UInt16,
        TypeCode.Int16 => GgufValueType.Int16,
        TypeCode.UInt32 => GgufValueType.UInt32,
        TypeCode.Int32 => GgufValueType.Int32,
        TypeCode.Single => GgufValueType.Float32,
        TypeCode.Boolean => GgufValueType.Bool,
        TypeCode.String => GgufValueType.String,
        TypeCode.UInt64 => GgufValueType.UInt64,
        TypeCode.Int64 => GgufValueType.Int64,
        TypeCode.Double => GgufValueType.Float64,
        _ => null,
    };
}
