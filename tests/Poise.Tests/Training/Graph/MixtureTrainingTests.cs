using Poise.Core.Training;
using Poise.Core.Training.Graph;
using Poise.Tensors;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;
using Poise.Tests.Kernels;
using Router = Poise.Core.Training.Graph.Router;

namespace Poise.Tests.Training.Graph;

/// <summary>What experts need to learn well from nothing: work for all of them, and rounding that they know of.</summary>
public sealed class MixtureTrainingTests
{
    const int Rows = 9, Experts = 5, PerRow = 2;

    [Fact]
    public void TheBalanceIsTheGradientOfItsLoss()
    {
        const double weight = 0.7;
        float[] logits = KernelData.Floats(3, Rows * Experts);
        (float[] gradient, int[] chosen) = Gradient(logits, weight);
        double[] shares = [.. Enumerable.Range(0, Experts).Select(e => chosen.Count(c => c == e) / (double)chosen.Length)];
        for (int i = 0; i < logits.Length; i++)
        {
            const double step = 1e-4;
            double[] above = [.. logits.Select(x => (double)x)], below = [.. above];
            above[i] += step;
            below[i] -= step;
            Assert.Equal(weight * (Loss(above, shares) - Loss(below, shares)) / (2 * step), gradient[i], 1e-6);
        }

        Assert.Contains(gradient, g => MathF.Abs(g) > 1e-3f);
    }

    [Fact]
    public void WithoutBalanceARouterWhoseWeightsNobodyReadsHasNoGradient() => Assert.All(Gradient(KernelData.Floats(3, Rows * Experts), 0).Gradient, g => Assert.Equal(0, g));

    [Fact]
    public void RoundedExpertsAreWhatTheFileWillHold()
    {
        const int inputs = 64, outputs = 10;
        FloatRows stored = new FloatRows(outputs).Resize(2 * inputs);
        KernelData.Floats(5, stored.All.Length).CopyTo(stored.All);
        using var rounded = new RoundedExperts("experts", stored, inputs);
        using var pool = new ComputePool(2);
        rounded.Refresh(pool);
        BlockFormat format = BlockFormats.Get(TensorType.MXFP4);
        for (int e = 0; e < 2; e++)
        {
            for (int o = 0; o < outputs; o++)
            {
                float[] row = [.. Enumerable.Range(0, inputs).Select(i => HalfConversion.BrainToSingle(HalfConversion.SingleToBrain(stored.Row(e * inputs + i)[o])))];
                byte[] blocks = new byte[format.RowBytes(inputs)];
                format.Quantize(row, blocks);
                format.Dequantize(blocks, row);
                for (int i = 0; i < inputs; i++) Assert.Equal(row[i], rounded.Values.Row(e * inputs + i)[o]);
            }
        }

        Assert.Throws<PoiseException>(() => new RoundedExperts("experts", stored, 40));
    }

    // With gradients of zero for the weights of the chosen, so that the balance is all there is.
    static (float[] Gradient, int[] Chosen) Gradient(float[] logits, double weight)
    {
        using var tape = new Tape(2);
        FloatRows rows = tape.Rent(Rows, Experts);
        logits.CopyTo(rows.All);
        float[] gradient = new float[logits.Length];
        Node node = tape.Record(rows, true, n => n.Gradient!.All.CopyTo(gradient));
        Routing routing = Router.Apply(tape, node, PerRow, weight);
        tape.Backward(routing.Weights, new float[Rows * PerRow]);
        return (gradient, routing.Experts);
    }

    static double Loss(double[] logits, double[] shares)
    {
        double loss = 0;
        for (int t = 0; t < Rows; t++)
        {
            double[] row = [.. logits.Skip(t * Experts).Take(Experts).Select(Math.Exp)];
            for (int e = 0; e < Experts; e++) loss += Experts * shares[e] * row[e] / row.Sum() / Rows;
        }

        return loss;
    }
}
