using System.Diagnostics;
using System.Text;
using Poise.Core.Library;
using Poise.Tests.House;
using Poise.Tests.Support;

namespace Poise.Tests.Samples;

/// <summary>Every sample is short, and is built and run as the documents say: <c>dotnet run samples/chat.cs -- MODEL</c>. One after the other.</summary>
public sealed class SampleTests
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    // Tests of one class follow one another.
    static readonly HashSet<string> s_built = [];

    /// <summary>The name of the test of each sample.</summary>
    static readonly Dictionary<string, string> s_tests = new()
    {
        ["samples/batch.cs"] = nameof(Batch),
        ["samples/chat.cs"] = nameof(Chat),
        ["samples/conversation.cs"] = nameof(Conversation),
        ["samples/embeddings.cs"] = nameof(Embeddings),
        ["samples/tools.cs"] = nameof(Tools),
    };

    [Fact]
    public void EverySampleIsShortSaysWhatItIsForAndHasATest()
    {
        Assert.Equal(s_tests.Keys.Order(StringComparer.Ordinal), SourceTree.Sources("samples"));
        foreach (string sample in s_tests.Keys)
        {
            string[] lines = SourceTree.Lines(sample);
            Assert.InRange(lines.Length, 1, 39);
            Assert.StartsWith("// ", lines[2], StringComparison.Ordinal);
            Assert.Contains($"dotnet run {sample} -- MODEL", SourceTree.Read(sample), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Chat()
    {
        using var folder = new TemporaryFolder();
        string random = folder.File("tiny.gguf");
        SyntheticModel.Write(new SyntheticOptions { Shape = "tiny-gpt-oss" }, random);
        Result result = Run("chat", "", random, "Hello", "30");
        Assert.Equal(0, result.Code);
        // What random weights write may be all reasoning.
        Assert.True(result.Output.Length + result.Error.Length > 30, result.Output + result.Error);

        string parrot = ParrotModel.Write(folder, "parrot", "{{ messages[0].content }}<|say_0|>", "Air scatters blue light.");
        Assert.Equal(new Result(0, "Air scatters blue light.\n", ""), Run("chat", "", parrot));

        Result missing = Run("chat", "", folder.File("none.gguf"));
        Assert.Equal((1, ""), (missing.Code, missing.Output));
        Assert.Contains("none.gguf does not exist", missing.Error, StringComparison.Ordinal);
        Assert.Single(missing.Error.TrimEnd().Split('\n'));
        Assert.Equal(new Result(2, "", "Usage: dotnet run samples/chat.cs -- MODEL [QUESTION] [MAX-TOKENS]\n"), Run("chat", "", random, "Hello", "many"));
    }

    /// <summary>The model sees the tool, its call is executed, and it sees the result: its template says so, or the model speaks of nothing.</summary>
    [Fact]
    public void Tools()
    {
        using var folder = new TemporaryFolder();
        const string Template = """
            {% if not tools or tools[0].function.name != 'days_between' %}<|say_0|>
            {%- elif messages[-1].role == 'user' %}{{ messages[-1].content }}<|say_1|>
            {%- elif messages[-1].role == 'tool' and messages[-1].content == '308' %}<|say_2|>
            {%- else %}<|say_0|>{% endif %}
            """;
        string parrot = ParrotModel.Write(folder, "parrot", Template, "Nothing.", """{"name": "days_between", "parameters": {"from": "2024-02-28", "to": "2025-01-01"}}""", "There are 308 days.");
        Result result = Run("tools", "", parrot);
        Assert.Equal((0, "There are 308 days.", "[days_between: 308]"), (result.Code, result.Output.Trim(), result.Error.Trim()));

        // A model that errs is told so; one that does nothing but err comes to an end.
        const string Again = "{% if messages[-1].role == 'tool' and 'Error: ' in messages[-1].content %}<|say_0|>{% else %}<|say_1|>{% endif %}";
        string wrong = ParrotModel.Write(folder, "wrong", Again, """{"name": "hours_between", "parameters": {}}""", """{"name": "days_between", "parameters": {"from": "yesterday"}}""");
        Result failed = Run("tools", "", wrong);
        Assert.Equal(1, failed.Code);
        string[] lines = failed.Error.TrimEnd().Split('\n');
        Assert.Equal(9, lines.Length);
        Assert.StartsWith("[days_between: Error: ", lines[0], StringComparison.Ordinal);
        Assert.Equal("[hours_between: There is no tool hours_between.]", lines[1]);
        Assert.Equal("The model called tools eight times and gave no answer.", lines[8]);
    }

    [Fact]
    public void Conversation()
    {
        using var folder = new TemporaryFolder();
        const string Template = """
            {% for message in messages %}{{ message.content }}{% endfor %}
            {%- if messages | length == 1 %}<|say_0|>{% elif messages[1].content == 'Good day.' and messages[2].content == 'Well?' %}<|say_1|>{% else %}<|say_2|>{% endif %}
            """;
        string parrot = ParrotModel.Write(folder, "parrot", Template, "Good day.", "You said hello.", "I have forgotten.");
        Result result = Run("conversation", "Hello\nWell?\n\nnever read\n", parrot, "20");
        Assert.Equal((0, "Good day.\nYou said hello.\n"), (result.Code, result.Output));
        string[] usage = result.Error.TrimEnd().Split('\n');
        Assert.Equal(2, usage.Length);
        Assert.All(usage, line => Assert.Matches(@"^\[prompt \d+ tokens, 0 of them known; answer 2\]$", line));
    }

    [Fact]
    public void Batch()
    {
        using var folder = new TemporaryFolder();
        string parrot = ParrotModel.Write(folder, "parrot", "{{ messages[0].content }}{% if messages[0].content == 'One?' %}<|say_0|>{% else %}<|say_1|>{% endif %}", "First.", "Second.");
        Result result = Run("batch", "One?\r\nTwo?\n\n", parrot);
        Assert.Equal((0, "One?\nFirst.\n\nTwo?\nSecond.\n\n"), (result.Code, result.Output));
        Assert.Matches(@"^\[2 answers, [0-9.]+ tokens a second\]\n$", result.Error);
    }

    [Fact]
    public void Embeddings()
    {
        using var folder = new TemporaryFolder();
        string random = folder.File("tiny.gguf");
        SyntheticModel.Write(new SyntheticOptions { Shape = "tiny-llama-3" }, random);
        Result result = Run("embeddings", "the sea\nanother thing\nblue sky\n", random, "blue sky");
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("1.000 blue sky", lines[0]);
        double[] likeness = [.. lines.Select(line => double.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(likeness.OrderDescending(), likeness);
    }

    static Result Run(string sample, string input, params string[] arguments)
    {
        var utf8 = new UTF8Encoding(false);
        string[] again = s_built.Add(sample) ? [] : ["--no-build"];
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["run", .. again, $"samples/{sample}.cs", "--", .. arguments])
        {
            WorkingDirectory = SourceTree.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            StandardErrorEncoding = utf8,
        };
        // Build servers would live on with the pipes of this process in their hands, and reading them would never end.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{sample} did not end in {s_limit}.");
        }

        return new Result(process.ExitCode, output.GetAwaiter().GetResult().ReplaceLineEndings("\n"), error.GetAwaiter().GetResult().ReplaceLineEndings("\n"));
    }

    sealed record Result(int Code, string Output, string Error);
}
