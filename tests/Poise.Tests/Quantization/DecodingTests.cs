using Poise.Tensors;
using Poise.Tensors.Quantization;
using Poise.Tests.Support;

namespace Poise.Tests.Quantization;

public class DecodingTests
{
    public static TheoryData<string, TensorType> SetsAndTypes => GoldenSet.SetsAndTypes;
    public static TheoryData<string> Sets => GoldenSet.SetsOnly;

    [Theory, MemberData(nameof(SetsAndTypes))]
    public void BlocksDecodeToTheReferenceNumbers(string set, TensorType type)
    {
        TinySafetensors file = GoldenSet.Open(set, $"{type}.safetensors");
        BlockFormat format = BlockFormats.Get(type);
        foreach (string group in new[] { "", ".extreme" })
        {
            if (!file.Has("blocks" + group)) continue;
            Assert.Equal(file.Shape("blocks" + group)[1], format.BlockBytes);
            Assert.Equal(file.Shape("values" + group)[1], format.BlockElements);
            float[] expected = file.Floats("values" + group);
            AssertNumbers.Equal(expected, Decode(format, file.Bytes("blocks" + group), expected.Length), type + group);
        }
    }

    [Theory, MemberData(nameof(SetsAndTypes))]
    public void TheIntegerPathGivesTheSameNumbers(string set, TensorType type)
    {
        BlockFormat format = BlockFormats.Get(type);
        if (format.SubBlock == 0) return;
        TinySafetensors file = GoldenSet.Open(set, $"{type}.safetensors");
        foreach (string group in new[] { "", ".extreme" })
        {
            float[] expected = file.Floats("values" + group);
            var codes = new sbyte[expected.Length];
            var scales = new float[expected.Length / format.SubBlock];
            var minima = new float[scales.Length];
            Array.Fill(minima, float.NaN);
            format.Unpack(file.Bytes("blocks" + group), codes, scales, minima);
            var actual = new float[expected.Length];
            for (int i = 0; i < actual.Length; i++)
            {
                float product = scales[i / format.SubBlock] * codes[i];
                actual[i] = product - minima[i / format.SubBlock];
            }
            AssertNumbers.Equal(expected, actual, type + group);
        }
    }

    [Theory]
    [InlineData(TensorType.Q4_0, "0", "0: 0.1875, 1: -0.25, 15: -0.375, 16: 0.1875, 31: -0.5", -2.0625)]
    [InlineData(TensorType.Q4_1, "0 m2", "0: 0.84375, 1: 0.40625, 15: 0.28125, 16: 0.28125, 31: 0.59375", 15.0625)]
    [InlineData(TensorType.Q5_0, "0", "0: 0.9375, 1: 0.5, 15: -0.625, 16: 0.8125, 31: 0.125", -2.8125)]
    [InlineData(TensorType.Q5_1, "0 m2", "0: 1.09375, 1: 0.65625, 15: 1.53125, 16: 1.46875, 31: 0.71875", 32.3125)]
    [InlineData(TensorType.Q8_0, "0", "0: -4.3125, 1: 0.25, 15: 0.125, 16: 4.6875, 31: -6.875", -3.0)]
    [InlineData(TensorType.Q2_K, "80 m82", "0: 0.5, 17: 0.03125, 33: -0.34375, 64: 2.3125, 100: 2.40625, 128: -0.15625, 200: 0.34375, 255: -0.21875", 127.6875)]
    [InlineData(TensorType.Q3_K, "108", "0: -0.4375, 17: -0.25, 33: 0, 64: 4.75, 100: -1.0625, 128: 1.5, 200: 4.875, 255: -1.5", 14.625)]
    [InlineData(TensorType.Q4_K, "0 m2", "0: 5.78125, 17: 0.09375, 33: -1.8125, 64: 17.34375, 100: 37.125, 128: 11.03125, 200: 3.375, 255: -0.71875", 3334.5)]
    [InlineData(TensorType.Q5_K, "0 m2", "0: 18.78125, 17: 0.09375, 33: 22.9375, 64: 17.34375, 100: 42.125, 128: 32.03125, 200: 3.375, 255: -0.71875", 6879.5)]
    [InlineData(TensorType.Q6_K, "208", "0: 10.0625, 17: 6.25, 33: -230.625, 64: 1.625, 100: -133.375, 128: -21.4375, 200: -26.5625, 255: 18.0", -927.75)]
    [InlineData(TensorType.IQ4_NL, "0", "0: 2.375, 1: -3.0625, 15: -5.1875, 16: 2.375, 31: -7.9375", -30.0625)]
    [InlineData(TensorType.IQ4_XS, "0", "0: -188.5, 17: 68.875, 33: 6.25, 64: -143.0, 100: -19.6875, 128: 110.5, 200: -19.5, 255: -46.875", -403.125)]
    [InlineData(TensorType.MXFP4, "", "0: 1.2924697071e-26, 1: -1.9387045607e-26, 15: -6.4623485355e-27, 16: 7.7548182427e-26, 31: -1.9387045607e-26", 1.6155871339e-25)]
    public void TheTestVectorsDecode(TensorType type, string halves, string expected, double sum)
    {
        BlockFormat format = BlockFormats.Get(type);
        var block = new byte[format.BlockBytes];
        for (int n = 0; n < block.Length; n++) block[n] = (byte)(73 * n + 41);
        // Where d is, and after an m where the minimum's scale is: 0.0625 and 0.03125.
        foreach (string at in halves.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool minimum = at[0] == 'm';
            int offset = int.Parse(at.TrimStart('m'), System.Globalization.CultureInfo.InvariantCulture);
            (block[offset], block[offset + 1]) = (0, minimum ? (byte)0x28 : (byte)0x2c);
        }
        float[] values = Decode(format, block, format.BlockElements);
        foreach (string pair in expected.Split(", "))
        {
            string[] parts = pair.Split(": ");
            int index = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
            double value = double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(value, values[index], Math.Abs(value) * 1e-10);
        }
        Assert.Equal(sum, values.Sum(v => (double)v), Math.Abs(sum) * 1e-10);
    }

    [Theory, MemberData(nameof(Sets))]
    public void SmallFloatsDecode(string set)
    {
        TinySafetensors file = GoldenSet.Open(set, "small-floats.safetensors");
        foreach (TensorType type in new[] { TensorType.F8_E4M3, TensorType.F8_E5M2, TensorType.F8_E8M0 })
        {
            float[] expected = file.Floats($"values.{type}");
            ReadOnlySpan<byte> isNaN = file.Bytes($"is_nan.{type}");
            float[] actual = Decode(BlockFormats.Get(type), file.Bytes("codes"), 256);
            for (int i = 0; i < 256; i++)
            {
                Assert.Equal(isNaN[i] != 0, float.IsNaN(actual[i]));
                if (isNaN[i] != 0) actual[i] = 0;
            }
            AssertNumbers.Equal(expected, actual, type.ToString());
        }
        // The codes of MXFP4 stand for twice the E2M1 numbers.
        for (int i = 0; i < 16; i++) Assert.Equal(2 * file.Floats("values.F4_E2M1")[i], (float)MXFP4.Doubled[i]);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Fp8WithSquaresOfFactorsDecodes(string set)
    {
        TinySafetensors file = GoldenSet.Open(set, "fp8-block128.safetensors");
        int[] shape = file.Shape("weight");
        float[] expected = file.Floats("values");
        var actual = new float[expected.Length];
        Fp8Block128.Dequantize(file.Bytes("weight"), file.Floats("weight_scale_inv"), shape[0], shape[1], actual);
        AssertNumbers.Equal(expected, actual, "fp8-block128");
    }

    [Theory, MemberData(nameof(Sets))]
    public void TheLayoutsOfMXFP4TurnIntoEachOther(string set)
    {
        TinySafetensors file = GoldenSet.Open(set, "mxfp4-layouts.safetensors");
        ReadOnlySpan<byte> blocks = file.Bytes("blocks"), scales = file.Bytes("scales"), gguf = file.Bytes("gguf");
        var row = new byte[gguf.Length];
        MXFP4Layouts.ToGguf(blocks, scales, row);
        Assert.Equal(gguf, row);
        var backBlocks = new byte[blocks.Length];
        var backScales = new byte[scales.Length];
        MXFP4Layouts.FromGguf(row, backBlocks, backScales);
        Assert.Equal(blocks, backBlocks);
        Assert.Equal(scales, backScales);
        float[] expected = file.Floats("values");
        AssertNumbers.Equal(expected, Decode(BlockFormats.Get(TensorType.MXFP4), row, expected.Length), "mxfp4-layouts");
    }

    [Fact]
    public void MXFP4LayoutsOfUnequalLengthAreRefused() =>
        Assert.Throws<ArgumentException>(() => MXFP4Layouts.ToGguf(new byte[32], new byte[2], new byte[33]));

    [Fact]
    public void PlainTypesDecode()
    {
        Assert.Equal([1.5f, -2f], Decode(BlockFormats.Get(TensorType.F32), [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0], 2));
        Assert.Equal([1.5f], Decode(BlockFormats.Get(TensorType.F64), [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1));
        Assert.Equal([-1f, 127f], Decode(BlockFormats.Get(TensorType.I8), [0xff, 0x7f], 2));
        Assert.Equal([255f, 127f], Decode(BlockFormats.Get(TensorType.U8), [0xff, 0x7f], 2));
        Assert.Equal([0f, 1f], Decode(BlockFormats.Get(TensorType.Bool), [0, 1], 2));
        Assert.Equal([-2f], Decode(BlockFormats.Get(TensorType.I16), [0xfe, 0xff], 1));
        Assert.Equal([65534f], Decode(BlockFormats.Get(TensorType.U16), [0xfe, 0xff], 1));
        Assert.Equal([-2f], Decode(BlockFormats.Get(TensorType.I32), [0xfe, 0xff, 0xff, 0xff], 1));
        Assert.Equal([4294967294f], Decode(BlockFormats.Get(TensorType.U32), [0xfe, 0xff, 0xff, 0xff], 1));
        Assert.Equal([-2f], Decode(BlockFormats.Get(TensorType.I64), [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 1));
        Assert.Equal([18446744073709551615f], Decode(BlockFormats.Get(TensorType.U64), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 1));
    }

    [Fact]
    public void EveryTypeHasItsRow()
    {
        foreach (TensorType type in Enum.GetValues<TensorType>())
        {
            BlockFormat format = BlockFormats.Get(type);
            Assert.Equal(type, format.Type);
            if (format.GgufId >= 0) Assert.Same(format, BlockFormats.FromGgufId(format.GgufId));
        }
    }

    [Fact]
    public void AnIncompleteBlockIsRefused() =>
        Assert.Throws<ArgumentException>(() => BlockFormats.Get(TensorType.Q4_0).Dequantize(new byte[19], new float[32]));

    static float[] Decode(BlockFormat format, ReadOnlySpan<byte> blocks, int elements)
    {
        var values = new float[elements];
        format.Dequantize(blocks, values);
        return values;
    }
}
