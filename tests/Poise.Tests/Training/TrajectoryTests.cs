using System.Text.Json;
using Poise.Core.Training;
using Poise.Core.Training.Optimizers;
using Poise.Tensors.Threading;

namespace Poise.Tests.Training;

/// <summary>What the golden runs say about optimisers without a model: which tensors decay, and steps whose gradients follow from the weights.</summary>
public sealed class TrajectoryTests
{
    [Theory]
    [MemberData(nameof(OptimizerTrajectory.Cases), MemberType = typeof(OptimizerTrajectory))]
    public void TheSameTensorsDecay(string name)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(OptimizerTrajectory.Folder(name), "golden.json")));
        string[] decay = [.. golden.RootElement.GetProperty("decay").EnumerateArray().Select(n => n.GetString()!)];
        string[] none = [.. golden.RootElement.GetProperty("no_decay").EnumerateArray().Select(n => n.GetString()!)];
        Assert.All(decay, n => Assert.True(WeightDecay.Applies(n), n));
        Assert.All(none, n => Assert.False(WeightDecay.Applies(n), n));
        Assert.True(decay.Length > 10 && none.Length >= 5);
    }

    [Theory]
    [InlineData("transformer.h.0.ln_1.weight", false)]
    [InlineData("transformer.ln_f.weight", false)]
    [InlineData("transformer.wte.weight", true)]
    [InlineData("model.layers.0.self_attn.q_norm.weight", false)]
    [InlineData("model.layers.0.post_feedforward_layernorm.weight", false)]
    [InlineData("base_model.model.layers.0.q_proj.lora_A.weight", true)]
    [InlineData("base_model.model.layers.0.q_proj.lora_magnitude_vector", true)]
    [InlineData("model.normal.weight", true)]
    public void NamesSayWhatDecays(string name, bool decays) => Assert.Equal(decays, WeightDecay.Applies(name));

    /// <summary>
    /// Stochastic descent can be turned around: the weights after steps 0, 1 and 2 give the gradients, whose norms the file knows from
    /// elsewhere. Decay in the wrong place or momentum of the wrong kind would give other norms; the steps then give the weights.
    /// </summary>
    [Fact]
    public void StochasticDescentLeadsFromSnapshotToSnapshot()
    {
        using var run = new OptimizerTrajectory("llama-sgd-momentum");
        using var pool = new ComputePool(2);
        double rate = run.Golden.GetProperty("optimizer").GetProperty("lr").GetDouble();
        var before = new Dictionary<string, double[]>();
        run.Replay(pool, 2, (step, parameters, _) =>
        {
            double squares = 0;
            foreach (Parameter parameter in parameters)
            {
                float[] from = run.Weights(step - 1, parameter.Name), to = run.Weights(step, parameter.Name);
                var velocity = new double[from.Length];
                double[] last = before.GetValueOrDefault(parameter.Name) ?? velocity;
                double decay = run.List("decay").Contains(parameter.Name) ? run.Settings.WeightDecay : 0;
                for (int i = 0; i < from.Length; i++)
                {
                    velocity[i] = ((double)from[i] - to[i]) / rate;
                    double gradient = velocity[i] - (step == 1 ? 0 : run.Settings.Momentum * last[i]) - decay * from[i];
                    parameter.Gradient.All[i] = (float)gradient;
                    squares += gradient * gradient;
                }
                before[parameter.Name] = velocity;
            }
            double expected = run.Golden.GetProperty("gradient_norms_before_clipping")[step - 1].GetDouble();
            Assert.Equal(expected, Math.Sqrt(squares), expected * 1e-5);
            return double.NaN;
        });
    }
}
