using System.Text.Json;
using Poise.Tests.Client;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise chat</c> as a process, with a model behind it: pipes, JSON events, saved conversations, refusals.</summary>
public sealed class ChatTests(TinyModels models) : IClassFixture<TinyModels>
{
    [Fact]
    public void EachLineIsAMessageAndEachAnswerIsWritten()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput("Hello\nAgain\n", "chat", models.Llama, "--max-tokens", "6", "--temperature", "1", "--seed", "2");
        Assert.True(result.Code == 0, result.Error);
        Assert.DoesNotContain('\x1b', result.Output);
        Assert.Equal(2, result.Error.Split("tok/s").Length - 1);
    }

    [Fact]
    public void JsonEventsOfTwoTurns()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput("Hello\n{\"content\":\"Again\"}\n", "chat", models.Harmony, "--json", "--max-tokens", "20", "--system", "Be", "--effort", "low");
        Assert.True(result.Code == 0, result.Error);
        JsonElement[] events = [.. result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement[] ends = [.. events.Where(e => e.GetProperty("type").GetString() == "answer_end")];
        Assert.Equal(2, ends.Length);
        Assert.All(ends, end => Assert.Equal(20, end.GetProperty("usage").GetProperty("answer_tokens").GetInt32()));
        Assert.True(ends[1].GetProperty("usage").GetProperty("cached_tokens").GetInt32() >= 32, "the second prompt begins as the first");
    }

    /// <summary>The same seed gives the same answers, however they are asked for.</summary>
    [Fact]
    public void ChatAndRunAgree()
    {
        string[] options = ["--max-tokens", "10", "--temperature", "0.8", "--top-p", "0.9", "--min-p", "0.01", "--repetition-penalty", "1.1", "--seed", "7"];
        string chat = PoiseProcess.RunWithInput("Hello\n", ["chat", models.Llama, .. options]).Output;
        Assert.Equal(PoiseProcess.Run(["run", models.Llama, "Hello", .. options]).Output, chat);
    }

    [Fact]
    public void AModelWithoutTemplateSendsTheReaderToRun()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput("Hello\n", "chat", "tests/golden/models/stories260K");
        Assert.Equal(1, result.Code);
        Assert.Contains("poise run", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AFullContextSaysWhatToDrop()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput(string.Join(' ', Enumerable.Repeat("word", 400)) + "\nHi\n", "chat", models.Llama, "--context", "300", "--max-tokens", "5");
        Assert.Contains("drop the oldest messages", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "--load")]
    [InlineData("{\"version\":99}", "--load")]
    [InlineData("[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":5}}}]", "--tools")]
    [InlineData("{", "--tools")]
    public void FilesThatAreNotWhatTheyShouldBe(string content, string option)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file.json"), content);
        PoiseProcess.Result result = PoiseProcess.RunWithInput("Hi\n", "chat", models.Llama, option, folder.File("file.json"));
        Assert.Equal(1, result.Code);
        Assert.StartsWith("poise: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("file.json", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }
}
