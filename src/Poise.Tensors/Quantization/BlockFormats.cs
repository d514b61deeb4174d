namespace Poise.Tensors.Quantization;

/// <summary>The table of tensor encodings: one row each.</summary>
public static class BlockFormats
{
    static readonly BlockFormat[] s_all =
    [
        new F32(),
        new F16(),
        new BF16(),
        new F64(),
        new SmallFloat(TensorType.F8_E4M3, SmallFloats.E4M3),
        new SmallFloat(TensorType.F8_E5M2, SmallFloats.E5M2),
        new SmallFloat(TensorType.F8_E8M0, SmallFloats.E8M0),
        new Integers(TensorType.I8, 24, 1),
        new Integers(TensorType.I16, 25, 2),
        new Integers(TensorType.I32, 26, 4),
        new Integers(TensorType.I64, 27, 8),
        new Integers(TensorType.U8, -1, 1),
        new Integers(TensorType.U16, -1, 2),
        new Integers(TensorType.U32, -1, 4),
        new Integers(TensorType.U64, -1, 8),
        new Integers(TensorType.Bool, -1, 1),
        new MXFP4(),
        new Q4_0(),
        new Q4_1(),
        new Q5_0(),
        new Q5_1(),
        new Q8_0(),
        new Q2_K(),
        new Q3_K(),
        new Q4_K(),
        new Q5_K(),
        new Q6_K(),
        new IQ4_NL(),
        new IQ4_XS(),
    ];

    static readonly Dictionary<TensorType, BlockFormat> s_byType = s_all.ToDictionary(f => f.Type);
    static readonly Dictionary<int, BlockFormat> s_byGgufId = s_all.Where(f => f.GgufId >= 0).ToDictionary(f => f.GgufId);

    public static IReadOnlyList<BlockFormat> All => s_all;

    public static BlockFormat Get(TensorType type) => s_byType[type];

    public static BlockFormat? FromGgufId(int id) => s_byGgufId.GetValueOrDefault(id);
}
