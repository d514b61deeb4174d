using System.Buffers.Binary;

namespace Poise.Tensors;

/// <summary>
/// Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw ("Parallel random numbers: as easy as 1, 2, 3", 2011):
/// the same counter and key give the same four words on any machine, in any order, on any thread.
/// </summary>
public static class Philox
{
    /// <summary>Bytes that one counter gives.</summary>
    public const int BlockBytes = 16;

    const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    const int Rounds = 10;

    /// <summary>The four words of one counter.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Generate(uint counter0, uint counter1, uint counter2, uint counter3, uint key0, uint key1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * counter0;
            ulong product1 = (ulong)Multiplier1 * counter2;
            counter0 = (uint)(product1 >> 32) ^ counter1 ^ key0;
            counter1 = (uint)product1;
            counter2 = (uint)(product0 >> 32) ^ counter3 ^ key1;
            counter3 = (uint)product0;
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (counter0, counter1, counter2, counter3);
    }

    /// <summary>The words of position <paramref name="position"/> of a stream.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Generate(ulong seed, ulong stream, ulong position) =>
        Generate((uint)position, (uint)(position >> 32), (uint)stream, (uint)(stream >> 32), (uint)seed, (uint)(seed >> 32));

    /// <summary>Fills with the words of positions <paramref name="position"/>, +1, …, little-endian. A multiple of <see cref="BlockBytes"/>.</summary>
    public static void Fill(ulong seed, ulong stream, ulong position, Span<byte> destination)
    {
        if (destination.Length % BlockBytes != 0) throw new ArgumentException($"expected a multiple of {BlockBytes} bytes", nameof(destination));
        for (; destination.Length > 0; destination = destination[BlockBytes..], position++)
        {
            (uint x0, uint x1, uint x2, uint x3) = Generate(seed, stream, position);
            BinaryPrimitives.WriteUInt64LittleEndian(destination, x0 | (ulong)x1 << 32);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], x2 | (ulong)x3 << 32);
        }
    }

    /// <summary>A stream's number from its name: FNV-1a over the UTF-16 units, low byte first.</summary>
    public static ulong StreamOf(string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char unit in name)
        {
            hash = (hash ^ (byte)unit) * 0x100000001B3;
            hash = (hash ^ (byte)(unit >> 8)) * 0x100000001B3;
        }
        return hash;
    }
}
