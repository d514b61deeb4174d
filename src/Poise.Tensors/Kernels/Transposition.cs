using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>Rows to columns. Moves values and rounds nothing, so any vector width gives the same bits.</summary>
static unsafe class Transposition
{
    /// <summary>Rows of a block that stays in the first cache.</summary>
    public const int Block = 16;

    /// <summary>target[c, r] = source[r, c] for a piece of two arrays whose rows lie <paramref name="stride"/> and <paramref name="targetStride"/> floats apart.</summary>
    public static void Run(float* source, long stride, int rows, int columns, float* target, long targetStride)
    {
        int wholeRows = 0, wholeColumns = 0;
        if (Avx512F.IsSupported) (wholeRows, wholeColumns) = (rows - rows % Block, columns - columns % Block);
        for (int r = 0; r < wholeRows; r += Block)
        {
            // Four panels of four columns of sixteen each are sixteen rows of the target.
            for (int k = 0; k < wholeColumns; k += Block) Sixteen(source + r * stride + k, stride, target + k * targetStride + r, 4 * targetStride, targetStride);
        }

        if (wholeColumns < columns) Fours(source + wholeColumns, stride, wholeRows, columns - wholeColumns, target + wholeColumns * targetStride, targetStride);
        if (wholeRows < rows) Fours(source + wholeRows * stride, stride, rows - wholeRows, columns, target + wholeRows, targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Fours(float* source, long stride, int rows, int columns, float* target, long targetStride)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
        {
            float* a = source + r * stride, b = a + stride, c = b + stride, d = c + stride, to = target + r;
            int k = 0;
            for (; k + 4 <= columns; k += 4, to += 4 * targetStride)
            {
                Vector128<float> v0 = Vector128.Load(a + k), v1 = Vector128.Load(b + k), v2 = Vector128.Load(c + k), v3 = Vector128.Load(d + k);
                Vector128<float> low = Zip(v0, v1, 0), low2 = Zip(v2, v3, 0), high = Zip(v0, v1, 2), high2 = Zip(v2, v3, 2);
                Vector128.Create(low.GetLower(), low2.GetLower()).Store(to);
                Vector128.Create(low.GetUpper(), low2.GetUpper()).Store(to + targetStride);
                Vector128.Create(high.GetLower(), high2.GetLower()).Store(to + 2 * targetStride);
                Vector128.Create(high.GetUpper(), high2.GetUpper()).Store(to + 3 * targetStride);
            }

            for (; k < columns; k++, to += targetStride) (to[0], to[1], to[2], to[3]) = (a[k], b[k], c[k], d[k]);
        }

        for (; r < rows; r++)
            for (int k = 0; k < columns; k++) target[k * targetStride + r] = source[r * stride + k];
    }

    /// <summary>
    /// Sixteen rows of <paramref name="columns"/> floats as one step of panels: column c goes to the sixteen floats at
    /// target + c / 4 * panel + c % 4 * 16, for up to sixteen columns.
    /// </summary>
    public static void ToPanels(float* source, long stride, int columns, float* target, long panel)
    {
        if (columns == Block && Avx512F.IsSupported) Sixteen(source, stride, target, panel, Block);
        else
            for (int c = 0; c < columns; c += 4) Run(source + c, stride, Block, Math.Min(4, columns - c), target + c / 4 * panel, Block);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Sixteen(float* source, long stride, float* target, long panel, long column)
    {
        // Of four rows each: lane L of result j holds column 4 L + j.
        (Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3) = FourRows(source, stride);
        (Vector512<float> b0, Vector512<float> b1, Vector512<float> b2, Vector512<float> b3) = FourRows(source + 4 * stride, stride);
        (Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3) = FourRows(source + 8 * stride, stride);
        (Vector512<float> d0, Vector512<float> d1, Vector512<float> d2, Vector512<float> d3) = FourRows(source + 12 * stride, stride);
        Lanes(a0, b0, c0, d0, target, panel);
        Lanes(a1, b1, c1, d1, target + column, panel);
        Lanes(a2, b2, c2, d2, target + 2 * column, panel);
        Lanes(a3, b3, c3, d3, target + 3 * column, panel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<float>, Vector512<float>, Vector512<float>, Vector512<float>) FourRows(float* source, long stride)
    {
        Vector512<float> a = Vector512.Load(source), b = Vector512.Load(source + stride), c = Vector512.Load(source + 2 * stride), d = Vector512.Load(source + 3 * stride);
        Vector512<double> low = Avx512F.UnpackLow(a, b).AsDouble(), high = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> low2 = Avx512F.UnpackLow(c, d).AsDouble(), high2 = Avx512F.UnpackHigh(c, d).AsDouble();
        return (Avx512F.UnpackLow(low, low2).AsSingle(), Avx512F.UnpackHigh(low, low2).AsSingle(), Avx512F.UnpackLow(high, high2).AsSingle(), Avx512F.UnpackHigh(high, high2).AsSingle());
    }

    // Lane L of each, one behind the other, to panel L.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Lanes(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* target, long panel)
    {
        Vector512<float> first = Avx512F.Shuffle4x128(a, b, 0x44), second = Avx512F.Shuffle4x128(c, d, 0x44);
        Vector512<float> third = Avx512F.Shuffle4x128(a, b, 0xee), fourth = Avx512F.Shuffle4x128(c, d, 0xee);
        Avx512F.Shuffle4x128(first, second, 0x88).Store(target);
        Avx512F.Shuffle4x128(first, second, 0xdd).Store(target + panel);
        Avx512F.Shuffle4x128(third, fourth, 0x88).Store(target + 2 * panel);
        Avx512F.Shuffle4x128(third, fourth, 0xdd).Store(target + 3 * panel);
    }

    // a[i] b[i] a[i+1] b[i+1]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Zip(Vector128<float> a, Vector128<float> b, int i)
    {
        if (Sse.IsSupported)
            return i == 0 ? Sse.UnpackLow(a, b) : Sse.UnpackHigh(a, b);
        return Vector128.Create(a[i], b[i], a[i + 1], b[i + 1]);
    }
}
