using Poise.Benchmarks.Limits;
using Poise.Tensors;

namespace Poise.Benchmarks.Kernels;

/// <summary>Every hot kernel, one row each.</summary>
static class KernelTable
{
    public static IReadOnlyList<Kernel> All { get; } =
    [
        MatrixKernel.Row(TensorType.MXFP4, LimitKind.Int8),
        MatrixKernel.Row(TensorType.Q8_0, LimitKind.Int16),
        MatrixKernel.Row(TensorType.Q4_0, LimitKind.Int8),
        MatrixKernel.Row(TensorType.Q4_1, LimitKind.Int8),
        MatrixKernel.Row(TensorType.Q4_K, LimitKind.Int8),
        MatrixKernel.Row(TensorType.Q6_K, LimitKind.Int8),
        MatrixKernel.Row(TensorType.BF16, LimitKind.Float),
        MatrixKernel.Row(TensorType.F32, LimitKind.Float),
        FloatProductKernel.Row,
        ForwardKernel.Row(TensorType.MXFP4),
        ForwardKernel.Row(TensorType.Q8_0),
        TransposedKernel.Row(TensorType.MXFP4),
        TransposedKernel.Row(TensorType.Q8_0),
        TransposedKernel.Row(TensorType.Q4_K),
        PackingKernel.Row(TensorType.MXFP4),
        PackingKernel.Row(TensorType.Q8_0),
        AttentionKernel.Decode,
        AttentionKernel.Prompt,
        AttentionBackwardKernel.Row,
        CrossEntropyKernel.Row,
        RmsNormKernel.Row,
        Quantize8Kernel.Row,
        SoftmaxKernel.Row,
        LogitScanKernel.Row,
    ];
}
