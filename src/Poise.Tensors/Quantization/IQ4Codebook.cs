using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>The 16 numbers of IQ4_NL and IQ4_XS, denser around zero.</summary>
readonly struct IQ4Codebook : ICodebook
{
    static readonly sbyte[] s_numbers = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    static readonly float[] s_halfway = [.. s_numbers.Zip(s_numbers.Skip(1), (a, b) => (a + b) / 2f)];
    static readonly float[] s_steps = [.. s_numbers.Zip(s_numbers.Skip(1), (a, b) => (float)(b - a))];

    // By floor(2x) + 256: halfway points are multiples of a half, so within such a step the nearest number is the same.
    static readonly byte[] s_nearest = NearestTable();

    public static Vector128<sbyte> Numbers =>
        Vector128.Create(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    public static float Low => -127;
    public static float High => 113;
    public static float Step => 1;

    public static float Nearest(float x) => s_numbers[Code(x)];

    // From the lowest number up, a step for each halfway point that x reaches.
    public static Vector256<float> Nearest(Vector256<float> x)
    {
        Vector256<float> nearest = Vector256.Create(Low);
        for (int code = 0; code < s_halfway.Length; code++)
            nearest += Vector256.GreaterThanOrEqual(x, Vector256.Create(s_halfway[code])) & Vector256.Create(s_steps[code]);
        return nearest;
    }

    /// <summary>The code of the number nearest to <paramref name="x"/>.</summary>
    public static byte Code(float x) => s_nearest[(int)Math.Clamp(MathF.Floor(2 * x), -256f, 255f) + 256];

    static byte[] NearestTable()
    {
        var table = new byte[512];
        for (int i = 0, code = 0; i < table.Length; i++)
        {
            while (code < 15 && i - 256 >= s_numbers[code] + s_numbers[code + 1]) code++;
            table[i] = (byte)code;
        }
        return table;
    }
}
