using System.Buffers.Binary;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>Turns random bytes straight into the stored form of one type, block by block, without a detour over floats and an encoder.</summary>
/// <param name="RandomBytes">What one block uses up, a multiple of 16: a block's bytes depend on its own place alone.</param>
/// <param name="Spread">Standard deviation of the values under a scale of 1.</param>
sealed record SyntheticCodes(int BlockElements, int BlockBytes, int RandomBytes, double Spread, SyntheticCodes.BlockWriter Write)
{
    /// <summary><paramref name="random"/> [RandomBytes], <paramref name="block"/> [BlockBytes].</summary>
    public delegate void BlockWriter(ReadOnlySpan<byte> random, float mean, float scale, Span<byte> block);

    // Standard deviations of the uniform codes: E2M1 numbers; -127..127; -8..7; 0..15; -16..15; 0..31.
    const double E2M1 = 2.926, Byte = 73.3, Nibble = 4.64, Five = 9.24;

    // Uniform over -1..1.
    const double Unit = 0.57735;

    public static SyntheticCodes Get(TensorType type) => type switch
    {
        TensorType.F32 => s_f32,
        TensorType.F16 => s_f16,
        TensorType.BF16 => s_bf16,
        TensorType.Q8_0 => s_q8_0,
        TensorType.Q4_0 => s_q4_0,
        TensorType.Q4_1 => s_q4_1,
        TensorType.Q5_0 => s_q5_0,
        TensorType.Q5_1 => s_q5_1,
        TensorType.Q4_K => s_q4_k,
        TensorType.Q6_K => s_q6_k,
        TensorType.MXFP4 => s_mxfp4,
        TensorType.U8 => s_packed,
        TensorType.F8_E8M0 => s_exponents,
        _ => throw new PoiseException($"Synthetic weights of type {type} are not made; choose F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K or Q6_K."),
    };

    /// <summary>Elements that must lie in one row: plain types are only made in groups, not stored so.</summary>
    public int StorageBlock(TensorType type) => type is TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.U8 or TensorType.F8_E8M0 ? 1 : BlockElements;

    static readonly SyntheticCodes s_f32 = new(8, 32, 16, Unit, (random, mean, scale, block) =>
    {
        for (int i = 0; i < 8; i++) BinaryPrimitives.WriteSingleLittleEndian(block[(4 * i)..], Uniform(random, i, mean, scale));
    });

    static readonly SyntheticCodes s_f16 = new(8, 16, 16, Unit, (random, mean, scale, block) =>
    {
        for (int i = 0; i < 8; i++) BinaryPrimitives.WriteHalfLittleEndian(block[(2 * i)..], (Half)Uniform(random, i, mean, scale));
    });

    // Truncation is rounding enough for noise.
    static readonly SyntheticCodes s_bf16 = new(8, 16, 16, Unit, (random, mean, scale, block) =>
    {
        for (int i = 0; i < 8; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(block[(2 * i)..], (ushort)(BitConverter.SingleToUInt32Bits(Uniform(random, i, mean, scale)) >> 16));
    });

    static readonly SyntheticCodes s_q8_0 = new(32, 34, 32, Byte, (random, _, scale, block) =>
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, Jitter(scale, random[0]));
        random.CopyTo(block[2..]);
        // No encoder writes -128, and integer kernels may count on that.
        block[2..].Replace((byte)0x80, (byte)0x81);
    });

    static readonly SyntheticCodes s_q4_0 = new(32, 18, 16, Nibble, (random, _, scale, block) =>
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, Jitter(scale, random[0]));
        random.CopyTo(block[2..]);
    });

    static readonly SyntheticCodes s_q4_1 = new(32, 20, 16, Nibble, (random, _, scale, block) =>
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)(-7.5f * scale));
        random.CopyTo(block[4..]);
    });

    static readonly SyntheticCodes s_q5_0 = new(32, 22, 32, Five, (random, _, scale, block) =>
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, Jitter(scale, random[31]));
        random[..20].CopyTo(block[2..]);
    });

    static readonly SyntheticCodes s_q5_1 = new(32, 24, 32, Five, (random, _, scale, block) =>
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)(-15.5f * scale));
        random[..20].CopyTo(block[4..]);
    });

    // Scale, scale of the minima, 12 bytes of 6-bit pairs, 128 bytes of nibbles. Random pairs (0..63) and a minimum scale of 7.5
    // scales: mean 0, deviation 258.
    static readonly SyntheticCodes s_q4_k = new(256, 144, 144, 258, (random, _, scale, block) =>
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)(7.5f * scale));
        random[..140].CopyTo(block[4..]);
    });

    // 128 + 64 bytes of 6-bit codes (deviation 18.5 around 32), 16 signed scales, here 16..31, and the scale.
    static readonly SyntheticCodes s_q6_k = new(256, 210, 208, 18.5 * 24, (random, _, scale, block) =>
    {
        random.CopyTo(block);
        foreach (ref byte sub in block.Slice(192, 16)) sub = (byte)(16 | sub & 15);
        BinaryPrimitives.WriteHalfLittleEndian(block[208..], (Half)scale);
    });

    static readonly SyntheticCodes s_mxfp4 = new(32, 17, 16, E2M1, (random, _, scale, block) =>
    {
        block[0] = Exponent(scale, random[0]);
        random.CopyTo(block[1..]);
    });

    // MXFP4 as Hugging Face files keep it: codes and exponents in two tensors of bytes.
    static readonly SyntheticCodes s_packed = new(16, 16, 16, 1, (random, _, _, block) => random.CopyTo(block));

    static readonly SyntheticCodes s_exponents = new(16, 16, 16, E2M1, (random, _, scale, block) =>
    {
        for (int i = 0; i < 16; i++) block[i] = Exponent(scale, random[i]);
    });

    static float Uniform(ReadOnlySpan<byte> random, int index, float mean, float scale) =>
        mean + scale * ((BinaryPrimitives.ReadInt16LittleEndian(random[(2 * index)..]) + 0.5f) * (1f / 32768));

    // Up to 6 % more, so that blocks differ in scale: the low six bits of the significand.
    static Half Jitter(float scale, byte random) => BitConverter.UInt16BitsToHalf((ushort)(BitConverter.HalfToUInt16Bits((Half)scale) & ~63 | random & 63));

    // The power of two below the scale, or the one above it.
    static byte Exponent(float scale, byte random) =>
        (byte)Math.Clamp((int)(BitConverter.SingleToUInt32Bits(scale) >> 23) + (random & 1), 1, 254);
}
