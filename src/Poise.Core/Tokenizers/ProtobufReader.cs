using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Walks over the fields of a protobuf message, bounds-checked.</summary>
ref struct ProtobufReader(ReadOnlySpan<byte> message, string file)
{
    readonly ReadOnlySpan<byte> _message = message;
    int _at;

    public int Field { get; private set; }

    /// <summary>0 varint, 1 eight bytes, 2 a run of bytes, 5 four bytes.</summary>
    public int Wire { get; private set; }

    public ulong Number { get; private set; }

    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly float Float => BitConverter.UInt32BitsToSingle((uint)Number);

    public bool Next()
    {
        if (_at >= _message.Length) return false;
        ulong tag = Varint();
        Wire = (int)(tag & 7);
        Field = tag >> 3 is > 0 and < 1 << 29 ? (int)(tag >> 3) : throw Error("a field number is out of range");
        switch (Wire)
        {
            case 0: Number = Varint(); break;
            case 1: Number = BitConverter.ToUInt64(Take(8)); break;
            case 2: Bytes = Take(Varint()); break;
            case 5: Number = BitConverter.ToUInt32(Take(4)); break;
            default: throw Error($"wire type {Wire} is not known");
        }
        return true;
    }

    /// <summary>Throws where the field was not written in the wire type that it must have.</summary>
    public readonly void Expect(int wire)
    {
        if (Wire != wire) throw Error($"field {Field} has wire type {Wire}, expected {wire}");
    }

    ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _at)) throw Error("a field reaches past the end");
        ReadOnlySpan<byte> bytes = _message.Slice(_at, (int)length);
        _at += (int)length;
        return bytes;
    }

    ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_at >= _message.Length) break;
            byte b = _message[_at++];
            value |= (ulong)(b & 127) << Math.Min(shift, 63);
            if (b < 128) return value;
        }
        throw Error("a number does not end");
    }

    readonly ModelFileException Error(string problem) => new(file, $"protobuf at byte {_at}", problem);
}
