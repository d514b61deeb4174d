using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Poise.Core.Nano.Tasks;
using Poise.Tests.Client;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise exam</c> as a process, with a model of random weights, which knows nothing.</summary>
public sealed class ExamVerbTests(TinyModels models) : IClassFixture<TinyModels>
{
    /// <summary>What is wrong with answers of random weights: all are cut, and some spell what only headers may.</summary>
    static readonly string[] s_faults = ["has no end after 16 tokens", "spells a control token"];

    static readonly string[] s_kinds = [.. NanoTasks.All.Select(task => task.Kind)];

    [Fact]
    public void EveryAnswerIsInTheFileAndEveryKindInTheTable()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("answers.jsonl");
        PoiseProcess.Result result = PoiseProcess.Run("exam", models.Harmony, "--items", "3", "--max-tokens", "16", "--answers", path, "--worst", "5");
        Assert.True(result.Code == 0, result.Error);
        JsonElement[] lines = Lines(path);
        Assert.Equal(Enumerable.Range(0, 3 * s_kinds.Length), lines.Select(line => line.GetProperty("item").GetInt32()));
        Assert.Equal(s_kinds, lines.Select(line => line.GetProperty("kind").GetString()).Distinct());
        Assert.All(lines, line =>
        {
            Assert.True(line.GetProperty("prompt").GetArrayLength() > 0);
            Assert.Equal("assistant", line.GetProperty("expected").GetProperty("role").GetString());
            Assert.Equal("assistant", line.GetProperty("given").GetProperty("role").GetString());
            Assert.Equal("wrong", line.GetProperty("verdict").GetString());
            Assert.Contains(line.GetProperty("fault").GetString(), s_faults);
        });
        Assert.All(s_kinds, kind => Assert.Matches($@"(?m)^{kind} +all +0 +3 +0\.0 +0\.0 to 56\.1 +[0-9.]+$", result.Output));
        Assert.Matches(@"(?m)^all +all +0 +27 +0\.0 ", result.Output);
        Assert.Matches(@"(?m)^tools +right +>= 98 +0\.0 .* no$", result.Output);
        Assert.Matches(@"(?m)^refusals +neighbours +refused +<= 5 .* yes$", result.Output);
        Assert.Equal(5, result.Output.Split("\nwrong: ").Length - 1);
        Assert.Equal(5, s_faults.Sum(fault => result.Output.Split($"\n  fault     {fault}\n").Length - 1));
        Assert.Contains(lines[0].GetProperty("prompt")[0].GetProperty("content").GetString()!.Split('\n')[0], result.Output, StringComparison.Ordinal);
        int cut = lines.Count(line => line.GetProperty("fault").GetString() == s_faults[0]);
        Assert.InRange(cut, 20, 27);
        Assert.StartsWith($"27 of 27 answers, {cut} without an end; 432 tokens, ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TheResultIsTheSameHoweverManyAreAskedAtOnce()
    {
        string[] options = ["exam", models.Harmony, "--kinds", "refusals,documents", "--items", "8", "--max-tokens", "24", "--worst", "3", "--seed", "5"];
        string one = Json([.. options, "--json", "--parallel", "1", "--threads", "1"]), many = Json([.. options, "--json", "--parallel", "9", "--threads", "2"]);
        Assert.Equal(one, many);
        JsonElement report = JsonElement.Parse(one);
        Assert.Equal((5, 24), (report.GetProperty("seed").GetInt32(), report.GetProperty("max_tokens").GetInt32()));
        JsonElement total = report.GetProperty("scores").EnumerateArray().Last();
        Assert.Equal((0, 16), (total.GetProperty("right").GetInt32(), total.GetProperty("all").GetInt32()));
        Assert.Equal(["documents", "refusals"], report.GetProperty("goals").EnumerateArray().Select(goal => goal.GetProperty("kind").GetString()).Distinct());
        Assert.Equal(["documents", "documents", "refusals"], report.GetProperty("wrong_answers").EnumerateArray().Select(answer => answer.GetProperty("kind").GetString()));
        Assert.Equal(0, report.GetProperty("right_answers").GetArrayLength());
    }

    /// <summary>The model reads what <c>poise run</c> would send.</summary>
    [Fact]
    public void ExamAndRunAgree()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("answers.jsonl");
        Assert.Equal(0, PoiseProcess.Run("exam", models.Llama, "--kinds", "poise", "--items", "6", "--max-tokens", "20", "--answers", path).Code);
        JsonElement line = Lines(path).First(l => l.GetProperty("prompt").GetArrayLength() == 1 && !l.TryGetProperty("tools", out _));
        PoiseProcess.Result run = PoiseProcess.Run("run", models.Llama, line.GetProperty("prompt")[0].GetProperty("content").GetString()!, "--effort", line.GetProperty("reasoning_effort").GetString()!, "--max-tokens", "20", "--json");
        string text = JsonElement.Parse(run.Output).GetProperty("text").GetString()!;
        Assert.NotEmpty(text);
        Assert.Equal(text, line.GetProperty("given").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("there is no kind 'dance'", "--kinds", "tools,dance")]
    [InlineData("--items", "--items", "0")]
    [InlineData("--parallel", "--parallel", "0")]
    [InlineData("--worst", "--worst", "ten")]
    public void MisuseIsNamed(string named, params string[] options)
    {
        PoiseProcess.Result result = PoiseProcess.Run(["exam", models.Harmony, .. options]);
        Assert.Equal(2, result.Code);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeExaminedIsSaid()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("answers.jsonl");
        File.WriteAllText(path, "older");
        PoiseProcess.Result result = PoiseProcess.Run("exam", "tests/golden/models/stories260K", "--answers", path);
        Assert.Equal(1, result.Code);
        Assert.Contains("no chat template", result.Error, StringComparison.Ordinal);
        Assert.Equal("older", File.ReadAllText(path));
        result = PoiseProcess.Run("exam", models.Harmony, "--answers", Path.Combine(folder.File("none"), "answers.jsonl"));
        Assert.Equal(1, result.Code);
        Assert.Contains("cannot be written", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The answer is wrong, with the reason; the exam goes on.</summary>
    [Fact]
    public void AQuestionThatTheFormatCannotHoldIsWrong()
    {
        using var folder = new TemporaryFolder();
        string template = folder.File("plain.jinja"), path = folder.File("answers.jsonl");
        File.WriteAllText(template, "{% if tools %}{{ raise_exception('no tools here') }}{% endif %}{{ messages[-1].content }}");
        PoiseProcess.Result result = PoiseProcess.Run("exam", models.Llama, "--kinds", "tools", "--items", "40", "--max-tokens", "4", "--template", template, "--answers", path);
        Assert.True(result.Code == 0, result.Error);
        JsonElement[] lines = Lines(path), without = [.. lines.Where(line => line.TryGetProperty("tools", out _))];
        Assert.InRange(without.Length, 1, 39);
        Assert.All(without, line => Assert.Matches("^cannot be asked: .*no tools here", line.GetProperty("fault").GetString()));
        Assert.All(lines.Except(without), line => Assert.DoesNotContain("cannot be asked", line.GetProperty("fault").GetString(), StringComparison.Ordinal));
        Assert.Contains($", {without.Length} questions that cannot be asked; ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCEndsWith130AndWholeLines()
    {
        if (OperatingSystem.IsLinux() && RunTests.InterruptsAreIgnored()) Assert.Skip("this shell started the tests with interrupts ignored, and children inherit that");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        using var folder = new TemporaryFolder();
        string path = folder.File("answers.jsonl");
        using Process process = PoiseProcess.Start(slow: true, "exam", models.Harmony, "--threads", "1", "--parallel", "4", "--max-tokens", "20", "--answers", path);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> error = process.StandardError.ReadToEndAsync(cancellation), output = process.StandardOutput.ReadToEndAsync(cancellation);
        // Until the first answers are there.
        for (int i = 0; i < 1200 && !(File.Exists(path) && new FileInfo(path).Length > 0); i++) await Task.Delay(50, cancellation);
        Assert.False(process.HasExited);
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(cancellation);
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(5));
        if (!ended) process.Kill();
        Assert.True(ended, "it did not end in five seconds");
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(await output);
        JsonElement[] lines = Lines(path);
        Assert.Equal(Enumerable.Range(0, lines.Length), lines.Select(line => line.GetProperty("item").GetInt32()));
        Assert.StartsWith($"stopped: {lines.Length.ToString("N0", CultureInfo.InvariantCulture)} of 4,500 answers", await error, StringComparison.Ordinal);
    }

    static JsonElement[] Lines(string path)
    {
        string text = File.ReadAllText(path);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        return [.. text.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line))];
    }

    static string Json(string[] arguments)
    {
        PoiseProcess.Result result = PoiseProcess.Run(arguments);
        Assert.True(result.Code == 0, result.Error);
        return result.Output;
    }
}
