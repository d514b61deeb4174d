using Poise.Tensors;

namespace Poise.Tests.Library;

public class PhiloxTests
{
    /// <summary>Known answers that the authors distribute with their library (Random123, philox4x32 with 10 rounds).</summary>
    [Fact]
    public void KnownAnswers()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Generate(0, 0, 0, 0, 0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            Philox.Generate(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue));
        Assert.Equal((0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            Philox.Generate(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Fact]
    public void FillingInPiecesIsFillingInOne()
    {
        var whole = new byte[160];
        Philox.Fill(3, 5, 7, whole);
        var pieces = new byte[160];
        for (int i = 0; i < 10; i++) Philox.Fill(3, 5, 7 + (ulong)i, pieces.AsSpan(16 * i, 16));
        Assert.Equal(whole, pieces);
        Assert.Equal(Philox.Generate(3, 5, 7).X1, BitConverter.ToUInt32(whole, 4));
        Assert.Throws<ArgumentException>(() => Philox.Fill(0, 0, 0, new byte[15]));
    }
}
