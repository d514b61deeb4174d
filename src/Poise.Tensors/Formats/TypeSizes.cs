namespace Poise.Tensors.Formats;

/// <summary>How many bytes a tensor type takes in a file, and what the two file formats call it.</summary>
/// <param name="GgufId">The type id in GGUF files, or -1 where GGUF has none.</param>
/// <param name="SafetensorsName">The dtype in safetensors headers, or null where safetensors has none.</param>
readonly record struct TypeSize(TensorType Type, int GgufId, int BlockElements, int BlockBytes, string? SafetensorsName)
{
    /// <summary>
    /// Bytes of a tensor, and false where its element or byte count does not fit in 63 bits. The order of multiplication is that of
    /// <see cref="StoredTensor.Elements"/>: what passes here cannot overflow there. The last dimension is a whole number of blocks.
    /// </summary>
    public bool TryGetBytes(ReadOnlySpan<long> shape, out long bytes)
    {
        long elements = 1;
        bytes = 0;
        foreach (long dimension in shape)
            if (dimension < 0 || !TryMultiply(elements, dimension, out elements)) return false;
        return TryMultiply(elements / BlockElements, BlockBytes, out bytes);
    }

    public bool HasWholeRows(ReadOnlySpan<long> shape) => (shape.IsEmpty ? 1 : shape[^1]) % BlockElements == 0;

    static bool TryMultiply(long a, long b, out long product)
    {
        Int128 wide = (Int128)a * b;
        product = wide <= long.MaxValue ? (long)wide : 0;
        return wide <= long.MaxValue;
    }
}

/// <summary>The table of <see cref="TypeSize"/>, one row a tensor type.</summary>
static class TypeSizes
{
    static readonly TypeSize[] s_all =
    [
        new(TensorType.F32, 0, 1, 4, "F32"),
        new(TensorType.F16, 1, 1, 2, "F16"),
        new(TensorType.BF16, 30, 1, 2, "BF16"),
        new(TensorType.F64, 28, 1, 8, "F64"),
        new(TensorType.F8_E4M3, -1, 1, 1, "F8_E4M3"),
        new(TensorType.F8_E5M2, -1, 1, 1, "F8_E5M2"),
        new(TensorType.F8_E8M0, -1, 1, 1, "F8_E8M0"),
        new(TensorType.I8, 24, 1, 1, "I8"),
        new(TensorType.I16, 25, 1, 2, "I16"),
        new(TensorType.I32, 26, 1, 4, "I32"),
        new(TensorType.I64, 27, 1, 8, "I64"),
        new(TensorType.U8, -1, 1, 1, "U8"),
        new(TensorType.U16, -1, 1, 2, "U16"),
        new(TensorType.U32, -1, 1, 4, "U32"),
        new(TensorType.U64, -1, 1, 8, "U64"),
        new(TensorType.Bool, -1, 1, 1, "BOOL"),
        new(TensorType.MXFP4, 39, 32, 17, null),
        new(TensorType.Q4_0, 2, 32, 18, null),
        new(TensorType.Q4_1, 3, 32, 20, null),
        new(TensorType.Q5_0, 6, 32, 22, null),
        new(TensorType.Q5_1, 7, 32, 24, null),
        new(TensorType.Q8_0, 8, 32, 34, null),
        new(TensorType.Q2_K, 10, 256, 84, null),
        new(TensorType.Q3_K, 11, 256, 110, null),
        new(TensorType.Q4_K, 12, 256, 144, null),
        new(TensorType.Q5_K, 13, 256, 176, null),
        new(TensorType.Q6_K, 14, 256, 210, null),
        new(TensorType.IQ4_NL, 20, 32, 18, null),
        new(TensorType.IQ4_XS, 23, 256, 136, null),
    ];

    static readonly Dictionary<TensorType, TypeSize> s_byType = s_all.ToDictionary(s => s.Type);
    static readonly Dictionary<uint, TypeSize> s_byGgufId = s_all.Where(s => s.GgufId >= 0).ToDictionary(s => (uint)s.GgufId);
    static readonly Dictionary<string, TypeSize> s_bySafetensorsName =
        s_all.Where(s => s.SafetensorsName is not null).ToDictionary(s => s.SafetensorsName!);

    public static ReadOnlySpan<TypeSize> All => s_all;

    public static TypeSize Get(TensorType type) => s_byType[type];

    public static bool TryGetGguf(uint id, out TypeSize size) => s_byGgufId.TryGetValue(id, out size);

    public static bool TryGetSafetensors(string name, out TypeSize size) => s_bySafetensorsName.TryGetValue(name, out size);

    /// <summary>For messages.</summary>
    public static string GgufNames { get; } = string.Join(", ", s_byGgufId.OrderBy(s => s.Key).Select(s => s.Value.Type));

    /// <summary>For messages.</summary>
    public static string SafetensorsNames { get; } = string.Join(", ", s_bySafetensorsName.Keys);
}
