using Poise.Core.Training.Memory;
using Poise.Core.Training.Optimizers;

namespace Poise.Tests.Training;

/// <summary>The estimate against sums by hand.</summary>
public sealed class MemoryEstimateTests
{
    static readonly ModelShape s_gptOss = new(24, 2880, 64, 8, 64, 2880, 201088, Experts: 32, ExpertsPerToken: 4);

    static MemoryPlan Plan(bool recompute) => new(s_gptOss, 15_040_512, 13_000_000_000, new OptimizerSettings(), 1024, recompute, 0, 0, 256, 100_000_000);

    [Fact]
    public void PartsAreTheSumsByHand()
    {
        MemoryEstimate estimate = MemoryEstimate.For(Plan(recompute: true));
        const long MiB = 1 << 20;
        // Of 1024 rows: 2880 wide 11.25 MiB, in an array of 12; 4096 wide 16; 512 wide 2; 128 wide 0.5; 32 wide 0.125;
        // 4 * 2880 wide 45 in 48.
        const long Layer = 12 * MiB + 2 * 16 * MiB + 3 * 2 * MiB + 16 * MiB + MiB / 2 + 3 * 12 * MiB + MiB / 8 + 48 * MiB + 3 * 48 * MiB + 48 * MiB + 12 * MiB;
        Assert.Equal(new Dictionary<string, long>
        {
            ["program"] = 100_000_000,
            ["weights of the model"] = 13_000_000_000,
            ["trained values"] = 60_162_048,
            ["gradients"] = 60_162_048,
            ["state of the optimiser"] = 120_324_096,
            ["activations"] = 24 * 12 * MiB + Layer,
            // The matrix of an expert has 2880 * 2880 * 4 bytes: 31.6 MiB, in 32.
            ["backward pass"] = (5 * 48 + 32 + 4 * 12) * MiB,
            // 256 rows of 4096 logits are 4 MiB, of 2880 2.8 in 3; 4096 rows of the output matrix 45 in 48.
            ["logits"] = (4 + 2 * 3 + 2 * 48) * MiB,
        }, estimate.Parts.ToDictionary(p => p.Name, p => p.Bytes));
        Assert.Equal(estimate.Parts.Sum(p => p.Bytes), estimate.Total);
        Assert.Equal(24 * Layer, MemoryEstimate.For(Plan(recompute: false)).Parts.Single(p => p.Name == "activations").Bytes);
        Assert.Equal(9, estimate.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void ThePeakIsCheckedAgainstTheEstimate()
    {
        MemoryEstimate estimate = MemoryEstimate.For(Plan(recompute: true));
        Assert.Null(estimate.Check(estimate.Total));
        Assert.Null(estimate.Check((long)(estimate.Total / 1.149)));
        Assert.Null(estimate.Check((long)(estimate.Total / 0.851)));
        Assert.Contains("+16%", estimate.Check((long)(estimate.Total / 1.16)), StringComparison.Ordinal);
        Assert.Contains("-16%", estimate.Check((long)(estimate.Total / 0.84)), StringComparison.Ordinal);
    }

    [Fact]
    public void OptimisersCostWhatTheyKeep()
    {
        Assert.Equal(8, OptimizerKinds.StateBytesPerElement(new OptimizerSettings("adamw")));
        Assert.Equal(4, OptimizerKinds.StateBytesPerElement(new OptimizerSettings("sgd", Momentum: 0.9)));
        Assert.Equal(0, OptimizerKinds.StateBytesPerElement(new OptimizerSettings("sgd")));
    }
}
