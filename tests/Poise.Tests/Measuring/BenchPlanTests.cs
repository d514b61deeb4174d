using Poise.Cli.Host;
using Poise.Cli.Measuring;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Measuring;

public sealed class BenchPlanTests
{
    // A context of 512.
    const string Stories = "stories260K";

    [Fact]
    public void EveryCombinationIsMeasuredPromptsFirst()
    {
        IReadOnlyList<Measurement> plan = Make(Stories, [100, 0, 200], 8, [0, 64], [1, 4]);
        Measurement[] expected =
        [
            new(false, 100, 0, 1), new(false, 100, 0, 4), new(false, 200, 0, 1), new(false, 200, 0, 4),
            new(true, 8, 0, 1), new(true, 8, 0, 4), new(true, 8, 64, 1), new(true, 8, 64, 4),
        ];
        Assert.Equal(expected, plan);
        Assert.Equal(["prompt 100", "decode 8 at 64"], [plan[0].Label, plan[^1].Label]);
    }

    [Fact]
    public void WhatNobodyAskedForGivesWayToASmallContext()
    {
        // A context of 64.
        Assert.Equal([new Measurement(false, 63, 0, 1), new Measurement(true, 2, 60, 1)], Make("gpt2", null, null, [60], [1]));
        Assert.Throws<PoiseException>(() => Make("gpt2", null, null, [63], [1]));
    }

    [Fact]
    public void WhatSomebodyAskedForDoesNot()
    {
        Assert.Contains("--prompt 512 needs a context of 513", Assert.Throws<PoiseException>(() => Make(Stories, [512], 0, [0], [1])).Message, StringComparison.Ordinal);
        Assert.Contains("--depth 500", Assert.Throws<PoiseException>(() => Make(Stories, [0], 32, [500], [1])).Message, StringComparison.Ordinal);
        Assert.Single(Make(Stories, [511], 0, [0], [1]));
        Assert.Single(Make(Stories, [0], 510, [0], [1]));
        Assert.Throws<UsageException>(() => Make(Stories, [0], 0, [0], [1]));
    }

    [Fact]
    public void AKeyValueCacheThatDoesNotFitIsRefusedWithTheFigures()
    {
        using ModelPackage package = Open(Stories);
        IReadOnlyList<Measurement> plan = BenchPlan.Make(package.Config, [0], 32, [400], [1, 8]);
        var options = new LoadOptions { Placement = WeightPlacement.Mapped };
        // 5 layers, keys and values, 4 heads of 8, 2 bytes each.
        long needed = 5 * 2 * 4 * 8 * 2 * (long)plan[1].Context * 8;
        BenchPlan.CheckMemory(package, options, plan, needed);
        string message = Assert.Throws<PoiseException>(() => BenchPlan.CheckMemory(package, options, plan, needed - 1)).Message;
        Assert.Contains("decode 32 at 400 with a batch of 8", message, StringComparison.Ordinal);
        Assert.Contains("--batch", message, StringComparison.Ordinal);
        Assert.Throws<PoiseException>(() => BenchPlan.CheckMemory(package, options with { Placement = WeightPlacement.Packed }, plan, needed));
    }

    [Fact]
    public void RemainingTimeIsKnownOnceTheSpeedsAre()
    {
        var remaining = new RemainingTime([new(false, 100, 0, 2), new(true, 10, 50, 2)], 3);
        Assert.Null(remaining.Seconds);
        remaining.Read(200, TimeSpan.FromSeconds(2));
        Assert.Null(remaining.Seconds);
        Assert.Empty(remaining.ToString());
        remaining.Decoded(10, TimeSpan.FromSeconds(5));
        // 400 of prompts and 100 before decoding at 0.01 s, 20 steps at 0.5 s.
        Assert.Equal(15, remaining.Seconds!.Value, 1e-9);
        Assert.Equal(", about 15 s left", remaining.ToString());
    }

    [Fact]
    public void TheProcessorsNameIsFoundOrNot()
    {
        Assert.Equal("AMD EPYC 9B14", MachineFacts.NameOf(["processor\t: 0", "model\t\t: 17", "model name\t: AMD EPYC 9B14", "model name\t: other"]));
        Assert.Equal("Raspberry Pi 5 Model B", MachineFacts.NameOf(["processor\t: 0", "CPU part\t: 0xd0b", "Model\t\t: Raspberry Pi 5 Model B"]));
        Assert.Null(MachineFacts.NameOf(["processor\t: 0", "model name\t:", "no colon"]));
        Assert.NotEmpty(MachineFacts.Read().Processor);
    }

    static IReadOnlyList<Measurement> Make(string model, int[]? prompts, int? decode, int[] depths, int[] batches)
    {
        using ModelPackage package = Open(model);
        return BenchPlan.Make(package.Config, prompts, decode, depths, batches);
    }

    static ModelPackage Open(string model) => ModelPackage.Open(Shared.Golden("models", model));
}
