namespace Poise.Tensors.Quantization;

/// <summary>The table of tensor encodings: one row each.</summary>
public static class BlockFormats
{
    static readonly BlockFormat[] s_all = [];

    static readonly Dictionary<TensorType, BlockFormat> s_byType = s_all.ToDictionary(f => f.Type);
    static readonly Dictionary<int, BlockFormat> s_byGgufId = s_all.Where(f => f.GgufId >= 0).ToDictionary(f => f.GgufId);

    public static IReadOnlyList<BlockFormat> All => s_all;

    public static BlockFormat Get(TensorType type) => s_byType[type];

    public static BlockFormat? FromGgufId(int id) => s_byGgufId.GetValueOrDefault(id);
}
