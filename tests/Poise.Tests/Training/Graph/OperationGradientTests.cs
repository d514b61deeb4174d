using Poise.Core.Layers;
using Poise.Core.Training;
using Poise.Core.Training.Graph;
using Poise.Tensors;
using Poise.Tests.Kernels;
using Add = Poise.Core.Training.Graph.Add;
using Embedding = Poise.Core.Training.Graph.Embedding;
using Linear = Poise.Core.Training.Graph.Linear;
using Router = Poise.Core.Training.Graph.Router;

namespace Poise.Tests.Training.Graph;

/// <summary>
/// Every operation's backward pass against central differences of its forward pass, in every input and parameter: the loss is
/// a fixed random mixture of the outputs, summed in double.
/// </summary>
public sealed class OperationGradientTests
{
    const int Rows = 7;

    readonly List<Parameter> _parameters = [];

    [Fact]
    public void Sums()
    {
        Parameter a = New(Rows, 20), b = New(Rows, 20);
        Check(tape => Add.Apply(tape, Input(tape, a), Input(tape, b), 0.7f));
    }

    [Fact]
    public void LinearLayers()
    {
        Parameter x = New(Rows, 20), w = New(9, 20), bias = New(1, 9), stored = New(40, 9), shared = New(9, 6);
        Check(tape => Linear.Apply(tape, Input(tape, x), new TrainedWeight(w), new VectorWeight(bias)));
        Check(tape => Linear.Apply(tape, Input(tape, x), new TransposedWeight(stored.Value.Slice(20, 20), stored.Gradient.Slice(20, 20))));
        Check(tape => Linear.Apply(tape, Linear.Apply(tape, Input(tape, x), new TrainedWeight(w, 2, 2)), new StridedWeight(shared, 1, 3)));
    }

    [Fact]
    public void Adapters()
    {
        Parameter x = New(Rows, 20), w = New(9, 20), bias = New(1, 9), a = New(3, 20), b = New(9, 3);
        Check(tape => new AdaptedLinear(new TrainedWeight(w), new VectorWeight(bias), new LoraPair(a, b, 1.5f)).Apply(tape, Input(tape, x), adapted: true));
    }

    [Fact]
    public void Norms()
    {
        Parameter x = New(Rows, 20), w = New(1, 20), bias = New(1, 20), perHead = New(1, 5);
        Check(tape => RmsNorm.Apply(tape, Input(tape, x), new VectorWeight(w), 1e-5f));
        Check(tape => RmsNorm.Apply(tape, Input(tape, x), new VectorWeight(w), 1e-5f, plusOne: true));
        Check(tape => RmsNorm.Apply(tape, Input(tape, x), new VectorWeight(perHead), 1e-5f));
        Check(tape => LayerNorm.Apply(tape, Input(tape, x), new VectorWeight(w), new VectorWeight(bias), 1e-5f));
    }

    [Fact]
    public void Rotations()
    {
        Parameter x = New(Rows, 16);
        using var table = new RotaryTable(8, 10000, RopeScaling.None);
        var angles = new RotaryAngles(table, [0, 1, 2, 0, 1, 7, 9]);
        Check(tape => Rotary.Apply(tape, Input(tape, x), 8, angles));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(0, 2)]
    public void Attentions(int window, float cap)
    {
        Parameter q = New(Rows, 4 * 8), k = New(Rows, 2 * 8), v = New(Rows, 2 * 6), sinks = New(1, 4);
        var shape = new AttentionShape(4, 2, 8, 6, 0.5f, window, cap);
        Check(tape => Attention.Apply(tape, Input(tape, q), Input(tape, k), Input(tape, v), shape, [0, 2], new VectorWeight(sinks)));
    }

    [Fact]
    public void GatesAndColumns()
    {
        Parameter gate = New(Rows, 20), up = New(Rows, 20), both = New(Rows, 20), m = New(1, 8);
        foreach (GateKind kind in Enum.GetValues<GateKind>())
        {
            // The clamp lies where no value comes near it.
            Check(tape => Gate.Apply(tape, kind, Input(tape, gate), Input(tape, up), 50));
            Check(tape => Gate.Interleaved(tape, kind, Input(tape, both), 50));
        }

        Check(tape => Gate.Gelu(tape, Input(tape, gate)));
        Check(tape => Columns.Apply(tape, Input(tape, gate), 4, 8));
        Check(tape => Columns.Scale(tape, Columns.Apply(tape, Input(tape, gate), 4, 8), new VectorWeight(m), [1, 2, 3, 4, 5, 6, 7, 8]));
    }

    [Fact]
    public void Tables()
    {
        Parameter table = New(5, 6);
        Check(tape => Embedding.Apply(tape, table, [3, 0, 3, 3, 1, 4, 0], 1.5f));
    }

    [Fact]
    public void Mixtures()
    {
        // Logits far apart: no step changes a choice.
        Parameter x = New(Rows, 8), logits = New(Rows, 4), w = New(16, 5), bias = New(1, 5);
        for (int i = 0; i < logits.Value.All.Length; i++) logits.Value.All[i] += i * 5 % 4;
        Check(tape =>
        {
            Node input = Input(tape, x);
            return Experts.Apply(tape, input, Router.Apply(tape, Input(tape, logits), 2), 4,
                (e, rows, weights) => Linear.Apply(tape, Experts.Weigh(tape, rows, weights), new TransposedWeight(w.Value.Slice(e % 2 * 8, 8), w.Gradient.Slice(e % 2 * 8, 8)), new VectorWeight(bias), weights));
        });
    }

    [Fact]
    public void LatentAttention()
    {
        Parameter x = New(Rows, 3 * 10), shared = New(Rows, 4), logits = New(Rows, 8);
        using var table = new RotaryTable(4, 10000, RopeScaling.None);
        var angles = new RotaryAngles(table, [0, 1, 2, 0, 1, 7, 9]);
        Check(tape => LatentHeads.Rotate(tape, Input(tape, x), 10, angles));
        Check(tape => LatentHeads.Keys(tape, Input(tape, x), Input(tape, shared), 3, 6));
        Check(tape => LatentHeads.Values(tape, Input(tape, x), 3, 4));
        for (int i = 0; i < logits.Value.All.Length; i++) logits.Value.All[i] += i * 5 % 8;
        foreach (bool normalise in (bool[])[true, false])
            Check(tape => new SigmoidRouter(3, 4, 2, normalise, 2.5f, new float[8]).Apply(tape, Input(tape, logits)).Weights);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Targets(float cap)
    {
        Parameter x = New(Rows, 8), w = New(5000, 8);
        int[] targets = [4999, TrainingBatch.Ignored, 0, 4096, TrainingBatch.Ignored, 17, 4095];
        Check(tape => LogProbabilities.Apply(tape, Input(tape, x), new TrainedWeight(w), targets, cap));
    }

    [Fact]
    public void Recomputation()
    {
        Parameter x = New(Rows, 8), w = New(8, 8);
        Check(tape =>
        {
            Node input = Input(tape, x);
            Node block = tape.Recompute(() => Add.Apply(tape, input, Linear.Apply(tape, input, new TrainedWeight(w))));
            return tape.Recompute(() => Gate.Gelu(tape, block));
        });
    }

    static Node Input(Tape tape, Parameter parameter)
    {
        FloatRows y = tape.Rent(parameter.Value.Rows, parameter.Value.Columns);
        parameter.Value.All.CopyTo(y.All);
        return tape.Record(y, true, node => Operations.Add(tape.Pool, parameter.Gradient, node.Gradient!));
    }

    Parameter New(int rows, int columns)
    {
        FloatRows value = new FloatRows(columns).Resize(rows);
        var random = new Random(_parameters.Count + 1);
        for (int i = 0; i < value.All.Length; i++) value.All[i] = (float)(random.NextDouble() * 2 - 1);
        _parameters.Add(new Parameter($"{_parameters.Count}", [rows, columns], value));
        return _parameters[^1];
    }

    void Check(Func<Tape, Node> operation)
    {
        using var tape = new Tape(2);
        foreach (Parameter parameter in _parameters) parameter.Gradient.All.Clear();
        Node y = operation(tape);
        float[] mixture = KernelData.Floats(99, y.Rows * y.Columns);
        tape.Backward(y, mixture);

        double Loss()
        {
            tape.Gradients = false;
            Span<float> values = operation(tape).Value.All;
            double sum = 0;
            for (int i = 0; i < values.Length; i++) sum += (double)values[i] * mixture[i];
            tape.Clear();
            return sum;
        }

        int used = 0;
        foreach (Parameter parameter in _parameters)
        {
            float[] gradient = parameter.Gradient.All.ToArray();
            if (gradient.All(g => g == 0)) continue;
            used++;
            double norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
            // The largest entries and a few others.
            var entries = Enumerable.Range(0, gradient.Length).OrderByDescending(i => Math.Abs(gradient[i])).Take(4)
                .Concat(Enumerable.Range(0, 8).Select(n => (n * 7919 + 13) % gradient.Length));
            foreach (int i in entries)
            {
                float before = parameter.Value.All[i];
                const float Step = 1f / 128;
                parameter.Value.All[i] = before + Step;
                double above = Loss();
                parameter.Value.All[i] = before - Step;
                double below = Loss(), difference = (above - below) / (2 * Step);
                parameter.Value.All[i] = before;
                Assert.True(Math.Abs(difference - gradient[i]) <= 1e-3 * Math.Abs(gradient[i]) + 2e-3 * norm / Math.Sqrt(gradient.Length) + 2e-4,
                    $"parameter {parameter.Name}, element {i}: {gradient[i]:R}, by differences {difference:R}");
            }
        }

        Assert.NotEqual(0, used);
    }
}
