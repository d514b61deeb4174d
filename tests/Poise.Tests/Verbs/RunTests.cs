using System.Text.Json;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise run</c> with the model that the README runs.</summary>
public sealed class RunTests
{
    const string Stories = "tests/golden/models/stories260K";
    const string Prompt = "Once upon a time";

    [Fact]
    public void TheReadmesFirstCommandTellsTheGoldenStory()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Shared.Golden("models", "stories260K", "golden.json")));
        string story = golden.RootElement.GetProperty("greedy_text.0").GetString()!;
        PoiseProcess.Result result = PoiseProcess.Run("run", Stories, Prompt, "--activations", "f32");
        Assert.True(result.Code == 0, result.Error);
        Assert.StartsWith(story, Prompt + result.Output, StringComparison.Ordinal);
        Assert.Contains("tok/s", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', result.Error);
    }

    [Fact]
    public void ThePromptMayComeFromStandardInput()
    {
        string[] options = ["--max-tokens", "20", "--temperature", "1", "--seed", "3"];
        PoiseProcess.Result piped = PoiseProcess.RunWithInput(Prompt, ["run", Stories, "-", .. options]);
        PoiseProcess.Result given = PoiseProcess.Run(["run", Stories, Prompt, .. options]);
        Assert.Equal(0, piped.Code);
        Assert.Equal(given.Output, piped.Output);
    }

    [Fact]
    public void APromptLongerThanTheContextIsRefusedWithTheFigures()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput(string.Join(' ', Enumerable.Repeat("Tim", 600)), "run", Stories, "-");
        Assert.Equal(1, result.Code);
        Assert.Matches(@"the prompt has [\d,]+ tokens and the context holds 512", result.Error);
        Assert.Empty(result.Output);
    }
}
