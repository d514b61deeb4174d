using System.CommandLine;
using System.Text;
using Poise.Cli.Host;
using Poise.Cli.Verbs;

namespace Poise.Tests.House;

/// <summary>Docs that nothing executes are wrong: every command line in them is parsed, and docs/cli.md is the help itself.</summary>
public sealed class DocumentationTests
{
    const string CommandLinePage = "docs/cli.md";

    [Fact]
    public void EveryCommandLineInTheDocumentsParses()
    {
        var commands =
            from file in Snippets.Documents
            from command in Snippets.Commands(file)
            select (file, command);
        AssertThatTheyParse(commands);
    }

    [Fact]
    public void EveryExampleInTheHelpParses() =>
        AssertThatTheyParse(from verb in VerbTable.All from example in verb.Examples select ($"poise {verb.Name} --help", example));

    [Fact]
    public void EveryVerbHasExamplesOfItself()
    {
        foreach (Verb verb in VerbTable.All)
        {
            Assert.NotEmpty(verb.Examples);
            Assert.All(verb.Examples, e => Assert.Contains($"poise {verb.Name}", e, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void ThePageOfTheCommandLineIsTheHelp()
    {
        string expected = DrawCommandLinePage();
        string path = Path.Combine(SourceTree.Root, CommandLinePage);
        if (SourceTree.Update) File.WriteAllText(path, expected);
        else Assert.Equal(expected, File.ReadAllText(path));
    }

    [Fact]
    public void BlocksAreCommandsSamplesOrPlainText()
    {
        var others =
            from file in Snippets.Documents
            from block in Snippets.Blocks(file)
            where block.Language is not ("sh" or "text" or "json" or "csharp")
            select $"{file}: a block of '{block.Language}'";
        Assert.Empty(others);
    }

    /// <summary>The compiler and the tests of the samples then hold for the documents too.</summary>
    [Fact]
    public void EveryBlockOfCSharpIsAPieceOfASample()
    {
        string[][] samples = [.. SourceTree.Sources("samples").Select(SourceTree.Lines)];
        var invented =
            from file in Snippets.Documents
            from block in Snippets.Blocks(file)
            where block.Language == "csharp"
            let lines = block.Text.TrimEnd('\n').Split('\n')
            where !samples.Any(sample => Snippets.IsPiece(lines, sample))
            select $"{file}: not in any sample:\n{block.Text}";
        Assert.Empty(invented);
        Assert.Contains(Snippets.Documents, file => Snippets.Blocks(file).Any(block => block.Language == "csharp"));
    }

    [Fact]
    public void SamplesThatAreRunInTheDocumentsExist()
    {
        var missing =
            from file in Snippets.Documents
            from command in Snippets.Commands(file)
            from word in command.Split(' ')
            where word.StartsWith("samples/", StringComparison.Ordinal) && !SourceTree.Files.Contains(word)
            select $"{file}: {command}";
        Assert.Empty(missing);
    }

    static void AssertThatTheyParse(IEnumerable<(string Where, string Command)> commands)
    {
        foreach ((string where, string command) in commands)
        {
            if (Snippets.PoiseArguments(command) is not { } arguments) continue;
            ParseResult parsed = CommandLine.Build().Parse(arguments);
            Assert.True(parsed.Errors.Count == 0, $"{where}: {command}: {string.Join(' ', parsed.Errors.Select(e => e.Message))}");
        }
    }

    static string DrawCommandLinePage()
    {
        var page = new StringBuilder();
        page.Append("# The command line\n\n");
        page.Append("This page is the output of `--help`; a test compares the two, and `POISE_UPDATE_DOCS=1 dotnet test` rewrites it.\n\n");
        page.Append("Exit codes: 0 done, 1 an error (one or two lines on standard error say which), 2 a misuse of the command line, 3 a replay that differs from its transcript, 130 stopped with Ctrl-C.\n");
        page.Append("Results go to standard output, progress and figures to standard error. `POISE_DEBUG=1` adds where an error came from.\n");
        page.Append("A prompt that begins with a dash follows `--`, as in `poise run MODEL -- \"-5 degrees\"`.\n");
        foreach (string? verb in VerbTable.All.Select(v => (string?)v.Name).Prepend(null))
        {
            using var output = new StringWriter { NewLine = "\n" };
            string[] arguments = verb is null ? ["--help"] : [verb, "--help"];
            CommandLine.Build().Parse(arguments).Invoke(new InvocationConfiguration { Output = output });
            // The executable's name, not the test runner's.
            string help = output.ToString().Replace(RootCommand.ExecutableName, "poise", StringComparison.Ordinal);
            IEnumerable<string> lines = help.Split('\n').Select(l => l.TrimEnd());
            page.Append($"\n## poise {verb}".TrimEnd()).Append("\n\n```text\n").Append(string.Join('\n', lines).TrimEnd()).Append("\n```\n");
        }
        return page.ToString();
    }
}
