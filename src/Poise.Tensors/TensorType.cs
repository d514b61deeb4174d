namespace Poise.Tensors;

/// <summary>How the elements of a stored tensor are encoded. Block formats carry ggml's names.</summary>
public enum TensorType
{
    F32, F16, BF16, F64,
    F8_E4M3, F8_E5M2, F8_E8M0,
    I8, I16, I32, I64, U8, U16, U32, U64, Bool,
    MXFP4,
    Q4_0, Q4_1, Q5_0, Q5_1, Q8_0,
    Q2_K, Q3_K, Q4_K, Q5_K, Q6_K,
    IQ4_NL, IQ4_XS,
}
