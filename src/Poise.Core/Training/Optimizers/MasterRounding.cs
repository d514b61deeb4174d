using Poise.Tensors.Quantization;

namespace Poise.Core.Training.Optimizers;

/// <summary>Brings trained values to the precision that they are kept in.</summary>
public static class MasterRounding
{
    public static void Apply(MasterPrecision master, Span<float> values)
    {
        if (master == MasterPrecision.F32) return;
        for (int i = 0; i < values.Length; i++) values[i] = HalfConversion.BrainToSingle(HalfConversion.SingleToBrain(values[i]));
    }
}
