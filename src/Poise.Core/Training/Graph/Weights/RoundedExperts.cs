using Poise.Tensors;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Graph;

/// <summary>
/// What MXFP4 makes of trained experts, so that they learn to be what will be stored (Bengio et al., 2013: gradients pass straight through the
/// rounding). A parameter counts as it will be written first, in BF16. Blocks run along the inputs.
/// </summary>
sealed class RoundedExperts : IDisposable
{
    const int Block = 32;

    readonly FloatRows _stored;
    readonly int _inputs;

    /// <param name="stored">[experts * inputs, outputs].</param>
    public RoundedExperts(string name, FloatRows stored, int inputs)
    {
        if (inputs % Block != 0) throw new PoiseException($"{name}: MXFP4 takes blocks of {Block} inputs, and an expert has {inputs}. Choose a width that is a multiple of {Block}, or the recipe's experts.format: stored.");
        (_stored, _inputs) = (stored, inputs);
        Values = new FloatRows(stored.Columns).Resize(stored.Rows);
    }

    /// <summary>As the parameter is shaped; valid once refreshed.</summary>
    public FloatRows Values { get; }

    public void Refresh(ComputePool pool) => pool.For(_stored.Rows / Block, 1, (start, end, _) =>
    {
        BlockFormat format = BlockFormats.Get(TensorType.MXFP4);
        Span<float> column = stackalloc float[Block];
        Span<byte> block = stackalloc byte[format.BlockBytes];
        for (int b = start; b < end; b++)
        {
            for (int o = 0; o < _stored.Columns; o++)
            {
                for (int i = 0; i < Block; i++) column[i] = HalfConversion.BrainToSingle(HalfConversion.SingleToBrain(_stored.Row(b * Block + i)[o]));
                format.Quantize(column, block);
                format.Dequantize(block, column);
                for (int i = 0; i < Block; i++) Values.Row(b * Block + i)[o] = column[i];
            }
        }
    });

    public void Dispose() => Values.Dispose();
}
