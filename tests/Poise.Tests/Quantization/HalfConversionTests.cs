using Poise.Tensors.Quantization;

namespace Poise.Tests.Quantization;

public class HalfConversionTests
{
    [Fact]
    public void AllHalvesWiden()
    {
        ushort[] codes = [.. Enumerable.Range(0, 65536).Select(c => (ushort)c)];
        var values = new float[65536];
        HalfConversion.HalfToSingle(codes, values);
        foreach (ushort code in codes)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(code);
            AssertSame(expected, values[code]);
            AssertSame(expected, HalfConversion.HalfToSingle(code));
        }
    }

    [Fact]
    public void AllBrainFloatsWidenAndComeBack()
    {
        ushort[] codes = [.. Enumerable.Range(0, 65536).Select(c => (ushort)c)];
        var values = new float[65536];
        HalfConversion.BrainToSingle(codes, values);
        var back = new ushort[65536];
        HalfConversion.SingleToBrain(values, back);
        foreach (ushort code in codes)
        {
            Assert.Equal((uint)code << 16, BitConverter.SingleToUInt32Bits(values[code]));
            Assert.Equal(float.IsNaN(values[code]) ? code | 0x40 : code, back[code]);
        }
    }

    [Fact]
    public void HalvesNarrowAsSystemHalfDoes()
    {
        float[] values = Sample();
        var halves = new ushort[values.Length];
        HalfConversion.SingleToHalf(values, halves);
        for (int i = 0; i < values.Length; i++)
        {
            ushort single = HalfConversion.SingleToHalf(values[i]);
            if (single != halves[i]) Assert.Fail($"{values[i]:R}: {single:x4} and {halves[i]:x4}");
            if (float.IsNaN(values[i]))
            {
                // Quiet, with its sign.
                Assert.Equal(0x7e00, single & 0x7e00);
                Assert.Equal(float.IsNegative(values[i]), (single & 0x8000) != 0);
            }
            else if (single != BitConverter.HalfToUInt16Bits((Half)values[i]))
                Assert.Fail($"{values[i]:R}: {single:x4}");
        }
    }

    [Fact]
    public void BrainFloatsNarrowToTheNearest()
    {
        float[] values = Sample();
        var brains = new ushort[values.Length];
        HalfConversion.SingleToBrain(values, brains);
        for (int i = 0; i < values.Length; i++)
        {
            ushort single = HalfConversion.SingleToBrain(values[i]);
            if (single != brains[i]) Assert.Fail($"{values[i]:R}: {single:x4} and {brains[i]:x4}");
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            uint below = bits >> 16, rest = bits & 0xffff;
            uint expected = float.IsNaN(values[i]) ? below | 0x40
                : rest > 0x8000 || rest == 0x8000 && (below & 1) == 1 ? below + 1 : below;
            if (expected != single) Assert.Fail($"{values[i]:R}: {single:x4} instead of {expected:x4}");
        }
    }

    // Every half, the points halfway between neighbours and the floats beside them, either sign; then random bits.
    static float[] Sample()
    {
        var values = new List<float>();
        for (int code = 0; code < 0x7c00; code++)
        {
            float value = (float)BitConverter.UInt16BitsToHalf((ushort)code);
            float next = code == 0x7bff ? 65536f : (float)BitConverter.UInt16BitsToHalf((ushort)(code + 1));
            float middle = (value + next) / 2;
            foreach (float x in new[] { value, middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle), MathF.BitIncrement(value) })
            {
                values.Add(x);
                values.Add(-x);
            }
        }
        uint state = 1;
        for (int i = 0; i < 1_000_000; i++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            values.Add(BitConverter.UInt32BitsToSingle(state));
        }
        values.AddRange([float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, BitConverter.UInt32BitsToSingle(0x7f80_0001),
            BitConverter.UInt32BitsToSingle(0xff80_0001), 1f]);
        return [.. values];
    }

    static void AssertSame(float expected, float actual)
    {
        if (float.IsNaN(expected)) Assert.True(float.IsNaN(actual));
        else Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(actual));
    }
}
