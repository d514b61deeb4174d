namespace Poise.Tensors.Quantization;

/// <summary>An 8-bit float, decoded through a table of its 256 codes.</summary>
sealed class SmallFloat(TensorType type, float[] table) : BlockFormat(type, -1, 1, 1)
{
    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        values = values[..blocks.Length];
        ReadOnlySpan<float> numbers = table.AsSpan(0, 256);
        for (int i = 0; i < blocks.Length; i++) values[i] = numbers[blocks[i]];
    }
}

/// <summary>The numbers of the 8-bit floats, by code.</summary>
static class SmallFloats
{
    /// <summary>The "fn" variant: bias 7, no infinity, NaN at 7F and FF only, largest 448.</summary>
    public static float[] E4M3 { get; } = Table(code => (code & 0x7f) == 0x7f ? float.NaN : Number(code, 3, 7));

    /// <summary>Bias 15, with infinities and NaNs as in IEEE half, of which it is the upper byte.</summary>
    public static float[] E5M2 { get; } = Table(code => HalfConversion.HalfToSingle((ushort)(code << 8)));

    /// <summary>Scales only: 2^(code - 127) without sign or mantissa; code 0 is the subnormal 2^-127, FF is NaN.</summary>
    public static float[] E8M0 { get; } = Table(code => code == 0xff ? float.NaN : MathF.ScaleB(1f, code - 127));

    static float Number(int code, int mantissaBits, int bias)
    {
        int exponent = (code & 0x7f) >> mantissaBits;
        int mantissa = code & ((1 << mantissaBits) - 1);
        if (exponent == 0) exponent = 1;
        else mantissa |= 1 << mantissaBits;
        float magnitude = MathF.ScaleB(mantissa, exponent - bias - mantissaBits);
        return code >= 0x80 ? -magnitude : magnitude;
    }

    static float[] Table(Func<int, float> number)
    {
        var table = new float[256];
        for (int code = 0; code < table.Length; code++) table[code] = number(code);
        return table;
    }
}
