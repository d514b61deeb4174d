using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>The 16 numbers of IQ4_NL and IQ4_XS, denser around zero.</summary>
readonly struct IQ4Codebook : ICodebook
{
    static readonly sbyte[] s_numbers = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    // By floor(2x) + 256: halfway points are multiples of a half, so within such a step the nearest number is the same.
    static readonly byte[] s_nearest = NearestTable();

    public static Vector128<sbyte> Numbers =>
        Vector128.Create(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    public static float Low => -127;
    public static float High => 113;
    public static float Step => 1;

    public static float Nearest(float x) => s_numbers[Code(x)];

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
