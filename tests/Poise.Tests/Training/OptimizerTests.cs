using Poise.Core.Training;
using Poise.Core.Training.Optimizers;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Tests.Training;

/// <summary>Steps against the formulas in double, against the documented roundings to the bit, and over threads.</summary>
public sealed class OptimizerTests
{
    const int Steps = 25;
    static readonly OptimizerSettings s_adam = new("adamw", 0.9, 0.999, 1e-8, 0.1);

    static readonly OptimizerSettings[] s_all =
    [
        s_adam,
        new("adamw", 0.9, 0.95, 1e-6, 0),
        new("sgd", WeightDecay: 0.01),
        new("sgd", WeightDecay: 0.01, Momentum: 0.9),
        new("sgd", WeightDecay: 0.01, Momentum: 0.9, Nesterov: true),
        new("muon", 0.9, 0.98, 1e-8, 0.1, 0.95),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, s_all.Length)];

    public static TheoryData<int> OneByOne => [.. Enumerable.Range(0, s_all.Length).Where(row => s_all[row].Kind != "muon")];

    [Theory]
    [MemberData(nameof(OneByOne))]
    public void StepsFollowTheFormulasInDouble(int row)
    {
        OptimizerSettings settings = s_all[row];
        Parameter[] parameters = TrainingFixture.Parameters();
        double[][] reference = [.. parameters.Select(p => p.Value.All.ToArray().Select(v => (double)v).ToArray())];
        double[][] before = [.. reference.Select(r => (double[])r.Clone())];
        double[][] first = [.. reference.Select(r => new double[r.Length])], second = [.. reference.Select(r => new double[r.Length])];
        using var pool = new ComputePool(2);
        using IOptimizer optimizer = OptimizerKinds.Create(settings, parameters);
        for (int t = 1; t <= Steps; t++)
        {
            TrainingFixture.FillGradients(parameters, (ulong)t);
            double rate = 0.003 * t / Steps, scale = t % 3 == 0 ? 0.25 : 1;
            optimizer.Step(pool, rate, (float)scale);
            for (int p = 0; p < parameters.Length; p++)
                for (int i = 0; i < reference[p].Length; i++)
                    ReferenceStep(settings, parameters[p], t, rate, parameters[p].Gradient.All[i] * scale, ref reference[p][i], ref first[p][i], ref second[p][i]);
        }
        Assert.Equal(Steps, optimizer.Steps);
        for (int p = 0; p < parameters.Length; p++)
        {
            double error = 0, moved = 0;
            for (int i = 0; i < reference[p].Length; i++)
            {
                error += Math.Pow(parameters[p].Value.All[i] - reference[p][i], 2);
                moved += Math.Pow(reference[p][i] - before[p][i], 2);
            }
            Assert.True(Math.Sqrt(error / moved) < 2e-5, $"{parameters[p].Name}: {Math.Sqrt(error / moved):E2}");
        }
        TrainingFixture.Dispose(parameters);
    }

    // In the words of the specification of the golden files, not of the product.
    static void ReferenceStep(OptimizerSettings s, Parameter parameter, int t, double rate, double g, ref double p, ref double m, ref double v)
    {
        bool decays = !parameter.Name.Contains("bias") && !parameter.Name.Contains("norm");
        double decay = decays ? s.WeightDecay : 0;
        if (s.Kind == "adamw")
        {
            p *= 1 - rate * decay;
            m = s.Beta1 * m + (1 - s.Beta1) * g;
            v = s.Beta2 * v + (1 - s.Beta2) * g * g;
            p -= rate * (m / (1 - Math.Pow(s.Beta1, t))) / (Math.Sqrt(v / (1 - Math.Pow(s.Beta2, t))) + s.Epsilon);
            return;
        }
        g += decay * p;
        m = t == 1 ? g : s.Momentum * m + g;
        p -= rate * (s.Nesterov ? g + s.Momentum * m : m);
    }

    [Fact]
    public void AdamRoundsAsItSays()
    {
        Parameter[] parameters = TrainingFixture.Parameters();
        float[][] values = [.. parameters.Select(p => p.Value.All.ToArray())], first = [.. values.Select(v => new float[v.Length])], second = [.. values.Select(v => new float[v.Length])];
        using var pool = new ComputePool(2);
        using IOptimizer optimizer = OptimizerKinds.Create(s_adam, parameters);
        (double power1, double power2) = (1, 1);
        for (int t = 1; t <= 3; t++)
        {
            TrainingFixture.FillGradients(parameters, (ulong)t);
            optimizer.Step(pool, 0.001, 0.5f);
            (power1, power2) = (power1 * 0.9, power2 * 0.999);
            float rate = (float)(-0.001 / (1 - power1)), root = (float)(1 / Math.Sqrt(1 - power2));
            for (int p = 0; p < parameters.Length; p++)
                for (int i = 0; i < values[p].Length; i++)
                {
                    float g = 0.5f * parameters[p].Gradient.All[i];
                    float m = first[p][i] = MathF.FusedMultiplyAdd(0.9f, first[p][i], (float)(1 - 0.9) * g);
                    float v = second[p][i] = MathF.FusedMultiplyAdd(0.999f, second[p][i], (float)(1 - 0.999) * g * g);
                    float x = values[p][i];
                    if (WeightDecay.Applies(parameters[p].Name)) x = MathF.FusedMultiplyAdd((float)(-0.001 * 0.1), x, x);
                    values[p][i] = MathF.FusedMultiplyAdd(rate, m / (MathF.Sqrt(v) * root + 1e-8f), x);
                }
        }
        for (int p = 0; p < parameters.Length; p++) Assert.Equal(Bits(values[p]), Bits(parameters[p].Value.All));
        TrainingFixture.Dispose(parameters);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ThreadsChangeNoBit(int row)
    {
        int[][][] results = [.. new[] { 1, 2, 5 }.Select(threads => Run(s_all[row], threads))];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void GoingOnFromTheStateIsTheSameAsNeverHavingStopped(int row)
    {
        int[][] whole = Run(s_all[row], 2);
        using var pool = new ComputePool(2);
        Parameter[] parameters = TrainingFixture.Parameters();
        IOptimizer optimizer = OptimizerKinds.Create(s_all[row], parameters);
        Advance(pool, optimizer, 1, 10);
        Parameter[] copies = TrainingFixture.Parameters(seed: 99);
        using IOptimizer next = OptimizerKinds.Create(s_all[row], copies);
        for (int p = 0; p < copies.Length; p++) parameters[p].Value.All.CopyTo(copies[p].Value.All);
        for (int s = 0; s < next.State.Count; s++) optimizer.State[s].Values.All.CopyTo(next.State[s].Values.All);
        next.Resume(optimizer.Steps);
        Advance(pool, next, 11, Steps);
        Assert.Equal(whole, [.. copies.Select(p => Bits(p.Value.All))]);
        optimizer.Dispose();
        TrainingFixture.Dispose([.. parameters, .. copies]);
    }

    [Fact]
    public void ScalingInTheStepIsScalingTheGradients()
    {
        Parameter[] one = TrainingFixture.Parameters(), other = TrainingFixture.Parameters();
        using var pool = new ComputePool(2);
        using IOptimizer first = OptimizerKinds.Create(s_adam, one), second = OptimizerKinds.Create(s_adam, other);
        TrainingFixture.FillGradients(one, 3);
        TrainingFixture.FillGradients(other, 3);
        foreach (Parameter parameter in other)
            for (int i = 0; i < parameter.Gradient.All.Length; i++) parameter.Gradient.All[i] *= 0.37f;
        first.Step(pool, 0.01, 0.37f);
        second.Step(pool, 0.01, 1);
        for (int p = 0; p < one.Length; p++) Assert.Equal(Bits(other[p].Value.All), Bits(one[p].Value.All));
        TrainingFixture.Dispose([.. one, .. other]);
    }

    [Fact]
    public void ValuesInBrainFloatAreTheNearestOnesAfterEachStep()
    {
        Parameter[] exact = TrainingFixture.Parameters(), rounded = TrainingFixture.Parameters();
        using var pool = new ComputePool(2);
        using IOptimizer plain = OptimizerKinds.Create(s_adam, exact), brain = OptimizerKinds.Create(s_adam with { Master = MasterPrecision.BF16 }, rounded);
        TrainingFixture.FillGradients(exact, 1);
        TrainingFixture.FillGradients(rounded, 1);
        plain.Step(pool, 0.01, 1);
        brain.Step(pool, 0.01, 1);
        for (int p = 0; p < exact.Length; p++)
            for (int i = 0; i < exact[p].Value.All.Length; i++)
            {
                float value = exact[p].Value.All[i];
                uint bits = BitConverter.SingleToUInt32Bits(value), low = bits & 0xFFFF_0000, high = low + 0x1_0000;
                double below = Math.Abs(value - (double)BitConverter.UInt32BitsToSingle(low)), above = Math.Abs(BitConverter.UInt32BitsToSingle(high) - (double)value);
                uint nearest = below < above || (below == above && (low & 0x1_0000) == 0) ? low : high;
                Assert.Equal(nearest, BitConverter.SingleToUInt32Bits(rounded[p].Value.All[i]));
            }
        TrainingFixture.Dispose([.. exact, .. rounded]);
    }

    [Fact]
    public void AnUnknownKindIsAnErrorThatNamesTheKnown() =>
        Assert.Contains("adamw, sgd, muon", Assert.Throws<PoiseException>(() => OptimizerKinds.Create(new OptimizerSettings("adam"), [])).Message);

    static int[][] Run(OptimizerSettings settings, int threads)
    {
        Parameter[] parameters = TrainingFixture.Parameters();
        using var pool = new ComputePool(threads);
        using IOptimizer optimizer = OptimizerKinds.Create(settings, parameters);
        Advance(pool, optimizer, 1, Steps);
        int[][] bits = [.. parameters.Select(p => Bits(p.Value.All))];
        TrainingFixture.Dispose(parameters);
        return bits;
    }

    static void Advance(ComputePool pool, IOptimizer optimizer, int from, int to)
    {
        for (int t = from; t <= to; t++)
        {
            TrainingFixture.FillGradients(optimizer.Parameters, (ulong)t);
            optimizer.Step(pool, 0.01, 0.9f);
        }
    }

    static int[] Bits(ReadOnlySpan<float> values)
    {
        var bits = new int[values.Length];
        for (int i = 0; i < bits.Length; i++) bits[i] = BitConverter.SingleToInt32Bits(values[i]);
        return bits;
    }
}
