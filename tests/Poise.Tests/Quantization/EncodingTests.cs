using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Quantization;
using Poise.Tests.Support;

namespace Poise.Tests.Quantization;

public class EncodingTests(ITestOutputHelper output)
{
    public static TheoryData<string, TensorType> SetsAndTypes => GoldenSet.SetsAndTypes;

    [Theory, MemberData(nameof(SetsAndTypes))]
    public void RowsEncodeAsWellAsTheReference(string set, TensorType type)
    {
        TinySafetensors rows = GoldenSet.Open(set, "quantise", "rows.safetensors");
        TinySafetensors reference = GoldenSet.Open(set, "quantise", $"{type}.safetensors");
        using JsonDocument errors = JsonDocument.Parse(File.ReadAllBytes(GoldenSet.Path(set, "quantise", "error.json")));
        JsonElement goal = errors.RootElement.GetProperty(type.ToString());
        BlockFormat format = BlockFormats.Get(type);
        Assert.True(format.CanQuantize);
        var failures = new List<string>();
        foreach (string name in rows.Names)
        {
            string kind = name["rows.".Length..];
            float[] values = rows.Floats(name);
            var blocks = new byte[format.RowBytes(values.Length)];
            format.Quantize(values, blocks);
            if (goal.GetProperty("goal").GetString() == "bytes")
            {
                if (!reference.Bytes($"bytes.{kind}").SequenceEqual(blocks)) failures.Add($"{kind}: the bytes differ");
                continue;
            }
            var decoded = new float[values.Length];
            format.Dequantize(blocks, decoded);
            double[] expected = [.. goal.GetProperty("rows").GetProperty(kind).GetProperty("rmse").EnumerateArray().Select(e => e.GetDouble())];
            int length = values.Length / expected.Length;
            double sum = 0;
            for (int row = 0; row < expected.Length; row++)
            {
                double error = RootMeanSquare(values.AsSpan(row * length, length), decoded.AsSpan(row * length, length));
                sum += error;
                if (!(error <= 1.10 * expected[row] + 1e-12)) failures.Add($"{kind}[{row}]: RMSE {error:g6} against {expected[row]:g6}");
            }
            if (!(sum <= 1.02 * expected.Sum() + 1e-12)) failures.Add($"{kind}: RMSE {sum:g6} against {expected.Sum():g6}");
            output.WriteLine($"{type} {kind}: {sum:g6} / {expected.Sum():g6} = {sum / expected.Sum():f4}");
        }
        Assert.True(failures.Count == 0, $"{type}: {string.Join("; ", failures)}");
    }

    [Fact]
    public void SmallBlocksOfMXFP4ClampTheExponent()
    {
        BlockFormat format = BlockFormats.Get(TensorType.MXFP4);
        var values = new float[32];
        values[0] = 3 * float.Epsilon;
        values[1] = MathF.ScaleB(1, -127);
        var block = new byte[17];
        format.Quantize(values, block);
        Assert.Equal(0, block[0]);
        var decoded = new float[32];
        format.Dequantize(block, decoded);
        Assert.Equal(0, decoded[0]);
        Assert.Equal(values[1], decoded[1]);
    }

    [Theory, MemberData(nameof(SetsAndTypes))]
    public void NothingInTheInputMakesAnEncoderThrow(string set, TensorType type)
    {
        if (set != GoldenSet.Project) return;
        BlockFormat format = BlockFormats.Get(type);
        foreach (float odd in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, 1e-30f, 1e30f })
        {
            var values = new float[512];
            for (int i = 0; i < 256; i++) values[i] = i % 3 == 0 ? odd : i - 128;
            values.AsSpan(256).Fill(odd);
            format.Quantize(values, new byte[format.RowBytes(values.Length)]);
        }
    }

    static double RootMeanSquare(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double sum = 0;
        for (int i = 0; i < expected.Length; i++) sum += Math.Pow((double)expected[i] - actual[i], 2);
        return Math.Sqrt(sum / expected.Length);
    }
}
