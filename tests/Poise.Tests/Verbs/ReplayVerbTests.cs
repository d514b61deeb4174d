using System.Diagnostics;
using System.Text.Json;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Runs;
using Poise.Tests.Support;
using Poise.Tests.Training.Replaying;

namespace Poise.Tests.Verbs;

/// <summary>`poise replay` as a process: what it prints, what it ends with, and on other processors.</summary>
public sealed class ReplayVerbTests(RecordedRun recorded) : IClassFixture<RecordedRun>
{
    [Fact]
    public void EqualEndsWithZero()
    {
        using TemporaryFolder folder = recorded.Copy();
        PoiseProcess.Result result = PoiseProcess.Run("replay", folder.File("run"));
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("equal to the last bit", result.Output, StringComparison.Ordinal);
        Assert.Contains("steps 1 to 12", result.Output, StringComparison.Ordinal);
        Assert.Contains("4 checkpoints; the result", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public void WithoutInstructions(string variable)
    {
        using TemporaryFolder folder = recorded.Copy();
        PoiseProcess.Result result = PoiseProcess.Run(new Dictionary<string, string> { [variable] = "0" }, "replay", folder.File("run"), "--steps", "5..12", "--threads", "3");
        Assert.True(result.Code == 0, result.Output + result.Error);
    }

    [Fact]
    public void ADifferenceEndsWithThree()
    {
        using TemporaryFolder folder = recorded.Copy();
        RecordedRun.RechainSteps(folder.File("run"), 5, step => step with { Loss = step.Loss - 1e-9 });
        PoiseProcess.Result result = PoiseProcess.Run("replay", folder.File("run"), "--steps", "..6", "--model", folder.File("model"), "--data", folder.File("data.jsonl"));
        Assert.Equal((3, ""), (result.Code, result.Error));
        Assert.Contains("differs at step 5 (loss)", result.Output, StringComparison.Ordinal);

        PoiseProcess.Result json = PoiseProcess.Run("replay", folder.File("run"), "--json");
        Assert.Equal(3, json.Code);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        JsonElement difference = document.RootElement.GetProperty("difference");
        Assert.Equal(("differs", "loss", 5, 4), (document.RootElement.GetProperty("verdict").GetString(), difference.GetProperty("kind").GetString(),
            difference.GetProperty("step").GetInt32(), document.RootElement.GetProperty("reached").GetInt32()));

        File.WriteAllText(folder.File("run/transcript.jsonl"), File.ReadAllText(folder.File("run/transcript.jsonl")).Replace("\"epoch\":0", "\"epoch\":1", StringComparison.Ordinal));
        result = PoiseProcess.Run("replay", folder.File("run"));
        Assert.Equal(3, result.Code);
        Assert.Contains("differs (chain): line 2", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("0..3")]
    [InlineData("5..4")]
    [InlineData("1..2..3")]
    [InlineData("a..b")]
    [InlineData("-1")]
    public void StepsThatMakeNoSenseAreMisuse(string steps) => Assert.Equal(2, PoiseProcess.Run("replay", "nothing", "--steps", steps).Code);

    [Fact]
    public void MissingFilesAreErrors()
    {
        PoiseProcess.Result result = PoiseProcess.Run("replay", "nothing/transcript.jsonl");
        Assert.Equal(1, result.Code);
        Assert.Contains("cannot be read", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCEndsWith130AndTellsHowFarItCame()
    {
        if (OperatingSystem.IsLinux() && RunTests.InterruptsAreIgnored()) Assert.Skip("this shell started the tests with interrupts ignored, and children inherit that");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        using TemporaryFolder folder = recorded.Copy();
        // Long enough to be interrupted: without intrinsics a step of the replay takes a hundred milliseconds.
        Recipe recipe = Recipe.Parse(RecordedRun.RecipeText.Replace("steps: 12", "steps: 150", StringComparison.Ordinal).Replace("checkpoint_every: 3", "checkpoint_every: 150", StringComparison.Ordinal));
        using (var run = new FineTuneRun(recipe, folder.File("model"), [folder.File("data.jsonl")], folder.File("long"), 2)) Assert.NotNull(run.Run(cancellation: TestContext.Current.CancellationToken));
        using Process process = PoiseProcess.Start(slow: true, "replay", folder.File("long"), "--threads", "1");
        process.StandardInput.Close();
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("stopped before the end; no difference so far", output, StringComparison.Ordinal);
    }
}
