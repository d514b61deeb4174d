using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Training.Data;
using Poise.Core.Training.Forecasts;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Runs;
using Poise.Tensors;

namespace Poise.Tests.Training;

/// <summary>What is foreseen against what is loaded.</summary>
public sealed class ForecastTests : IDisposable
{
    readonly TrainingRuns _runs = new();

    [Theory]
    [InlineData("sft", false)]
    [InlineData("dpo", true)]
    [InlineData("full", false)]
    [InlineData("full", true)]
    public void CountsAreThoseOfTheRun(string method, bool llama)
    {
        string model = llama ? TrainingRuns.Llama : TrainingRuns.Mixture;
        using var machine = new StepMachine(Recipe.Parse(TrainingRuns.Recipe(method)), model, [_runs.DataOf(method)], 1);
        RunForecast forecast = machine.Forecast;
        Assert.Equal(machine.Learner.Parameters.Sum(p => p.Elements), forecast.TrainedElements);
        Assert.Equal(machine.Steps, forecast.Steps);
        Assert.Equal(12 * forecast.TrainedElements, forecast.CheckpointBytes);
        Assert.Equal(4 * forecast.TrainedElements, forecast.Memory.Parts.Single(p => p.Name == "gradients").Bytes);
        Assert.True(forecast.Tokens > 0 && forecast.Operations > 2.0 * forecast.Tokens * machine.Package.ActiveParameters);
    }

    [Fact]
    public void MoreWorkIsForeseenWhereThereIsMore()
    {
        string recipe = TrainingRuns.Recipe("sft");
        double once = Of(recipe).Operations;
        Assert.Equal(2, Of(recipe.Replace("steps: 9", "steps: 18", StringComparison.Ordinal).Replace(", evaluate_every: 4", "", StringComparison.Ordinal)).Operations
            / Of(recipe.Replace(", evaluate_every: 4", "", StringComparison.Ordinal)).Operations, 0.1);
        Assert.True(Of(recipe.Replace("evaluate_every: 4", "evaluate_every: 4, recompute: false", StringComparison.Ordinal)).Operations < once);
        Assert.True(Of(recipe.Replace(", evaluate_every: 4", "", StringComparison.Ordinal)).Operations < once);
    }

    [Fact]
    public void WhatCannotFitIsRefusedWithTheFigures()
    {
        RunForecast forecast = Of(TrainingRuns.Recipe("sft"));
        forecast.Check(1L << 40);
        string message = Assert.Throws<PoiseException>(() => forecast.Check(10_000)).Message;
        Assert.Contains("0.00 GB are available", message, StringComparison.Ordinal);
        Assert.Contains("batch_size", message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckpointsThatAreThereAreNotCountedAgain()
    {
        RecipeRun run = Recipe.Parse(TrainingRuns.Recipe("sft")).Run;
        // Steps 2, 4, 6, 8, 9: three stay, and one is being written.
        Assert.Equal(400, DiskSpace.Needed(run, 9, 100, 0));
        Assert.Equal(100, DiskSpace.Needed(run, 9, 100, 3));
        Assert.Equal(0, DiskSpace.Needed(run, 9, 100, 7));
        Assert.Equal(100, DiskSpace.Needed(run, 1, 100, 0));
    }

    [Fact]
    public void TheProbeMeasures() => Assert.True(SpeedProbe.Measure(256, 1) > 1e6);

    RunForecast Of(string recipe)
    {
        var parsed = Recipe.Parse(recipe);
        using ModelPackage package = ModelPackage.Open(TrainingRuns.Mixture);
        return RunForecast.Of(parsed, package, AdapterBase.Of(package), new RunData(parsed, SampleFormat.Of(package), [_runs.Data], [], package.Config.ContextLength));
    }

    public void Dispose() => _runs.Dispose();
}
