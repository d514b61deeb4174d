using System.Diagnostics;
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

    /// <summary>A story repeats itself, and drafts find that; the text is the same.</summary>
    [Fact]
    public void DraftsChangeNothingButTheirCount()
    {
        var runs = new List<(string? Text, int Drafted, int Accepted)>();
        foreach (string draft in (string[])["0", "7"])
        {
            PoiseProcess.Result result = PoiseProcess.Run("run", Stories, Prompt, "--json", "--max-tokens", "250", "--draft", draft);
            Assert.True(result.Code == 0, result.Error);
            using JsonDocument json = JsonDocument.Parse(result.Output);
            JsonElement usage = json.RootElement.GetProperty("usage");
            runs.Add((json.RootElement.GetProperty("text").GetString(), usage.GetProperty("drafted_tokens").GetInt32(), usage.GetProperty("accepted_tokens").GetInt32()));
        }

        Assert.Equal((0, 0), (runs[0].Drafted, runs[0].Accepted));
        Assert.InRange(runs[1].Accepted, 10, runs[1].Drafted);
        Assert.Equal(runs[0].Text, runs[1].Text);
        PoiseProcess.Result wrong = PoiseProcess.Run("run", Stories, Prompt, "--draft", "17");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("--draft takes a whole number from 0 to 16", wrong.Error, StringComparison.Ordinal);
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

    [Fact]
    public void SpecialTokensOfTheAnswerAreShownOnRequestOnly()
    {
        string[] command = ["run", Stories, Prompt, "--max-tokens", "400"];
        string plain = PoiseProcess.Run(command).Output, all = PoiseProcess.Run([.. command, "--specials"]).Output;
        Assert.Contains("<s>", all, StringComparison.Ordinal);
        Assert.DoesNotContain("<s>", plain, StringComparison.Ordinal);
        Assert.Equal(plain, all.Replace("<s>", "", StringComparison.Ordinal));
    }

    [Fact]
    public void GptTwosContextIsItsPositions()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput(string.Join(' ', Enumerable.Repeat("Tim", 200)), "run", "tests/golden/models/gpt2", "-");
        Assert.Equal(1, result.Code);
        Assert.Contains("the context holds 64", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ATruncatedFileIsAnErrorNotACrash()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(Shared.Golden("gguf", "split", "model-00001-of-00003.gguf"));
        foreach (int length in (int[])[0, 3, 20, whole.Length / 2])
        {
            string path = folder.File($"cut-{length}.gguf");
            File.WriteAllBytes(path, whole[..length]);
            AssertRefused(PoiseProcess.Run("run", path, "x"));
        }
        string text = folder.File("text.gguf");
        File.WriteAllText(text, "A letter, not a model.");
        AssertRefused(PoiseProcess.Run("run", text, "x"));
    }

    [Fact]
    public async Task CtrlCEndsWith130AndTheFigures()
    {
        if (OperatingSystem.IsLinux() && InterruptsAreIgnored()) Assert.Skip("this shell started the tests with interrupts ignored, and children inherit that");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        using Process process = PoiseProcess.Start(slow: true, "run", "tests/golden/models/stories260K", Prompt, "--temperature", "1", "--threads", "1");
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var first = new char[1];
        Assert.Equal(1, await process.StandardOutput.ReadAsync(first, TestContext.Current.CancellationToken));
        Assert.False(process.HasExited);
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Task<string> rest = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(2));
        if (!ended) process.Kill();
        Assert.True(ended, "it did not end in two seconds");
        await rest;
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("tok/s", await error, StringComparison.Ordinal);
    }

    static void AssertRefused(PoiseProcess.Result result)
    {
        Assert.Equal(1, result.Code);
        Assert.Empty(result.Output);
        Assert.StartsWith("poise: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    // A shell that runs a command in the background has it ignore SIGINT (bit 1 of the mask).
    internal static bool InterruptsAreIgnored()
    {
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
        return line is not null && (Convert.ToUInt64(line[7..].Trim(), 16) & 2) != 0;
    }
}
