using System.Text.RegularExpressions;
using Poise.Cli.Chat.Commands;
using Poise.Cli.Host;
using Poise.Cli.Verbs;
using Poise.Core.Models;
using Poise.Core.Nano.Language;
using Poise.Tensors;
using Poise.Tests.House;

namespace Poise.Tests.Nano;

/// <summary>What nano learns about Poise is held against Poise: verbs, options, command lines, files, classes, architectures.</summary>
public sealed partial class NanoFactsTests
{
    const string Prefix = "Nano.";

    /// <summary>What stands for any verb.</summary>
    static readonly string[] s_anyVerb = ["VERB", "COMMANDE"];

    /// <summary>What people write after the name of the program in their questions: verbs that they suppose, and words that are no verbs.</summary>
    static readonly string[] s_onlyAsked = ["serve", "quantize", "quantise", "program", "understand", "know", "give", "can", "have", "failed", "do", "return", "returns", "in", "en", "dans", "list", "subcommands", "all", "verbs", "commands"];

    /// <summary>Programs of the system in answers that are not about Poise.</summary>
    static readonly string[] s_otherPrograms = ["ps", "kill", "chmod", "./FILE", "docker", "git", "lsof"];

    /// <summary>Options that every verb has, or that are of dotnet or git.</summary>
    static readonly string[] s_otherOptions = ["--help", "--project", "--abort"];

    static readonly Lazy<Dictionary<string, HashSet<string>>> s_options = new(() =>
        CommandLine.Build().Subcommands.ToDictionary(verb => verb.Name, verb => verb.Options.Select(option => option.Name).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal));

    static IEnumerable<(string File, string Line)> AllLines =>
        from name in typeof(NanoTexts).Assembly.GetManifestResourceNames()
        where name.StartsWith(Prefix, StringComparison.Ordinal)
        let file = name[Prefix.Length..]
        from line in GrammarReader.Lines(NanoTexts.Read(file))
        select (file, line);

    public static TheoryData<string> FactFiles => ["poise.en.txt"];

    [Fact]
    public void EveryVerbThatIsNamedExists()
    {
        var unknown =
            from text in AllLines
            from Match named in NamedVerb().Matches(text.Line)
            let verb = named.Groups[1].Value
            where !Exists(verb) && !s_anyVerb.Contains(verb) && !(IsQuestion(text.Line) && s_onlyAsked.Contains(verb))
            select $"{text.File}: {text.Line}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void ThereIsNoServer() => Assert.False(Exists("serve"), "the facts say that there is none");

    [Fact]
    public void EveryCommandLineParses()
    {
        int parsed = 0;
        foreach ((string file, string line) in AllLines)
            foreach (string command in CommandsOf(line))
            {
                string[] arguments = [.. Snippets.PoiseArguments(command)!.Select(word => word is "N" or "X" ? "1" : word)];
                var errors = CommandLine.Build().Parse(arguments).Errors;
                Assert.True(errors.Count == 0, $"{file}: {command}: {string.Join(' ', errors.Select(error => error.Message))}");
                parsed++;
            }
        Assert.True(parsed > 20, $"{parsed} command lines");
    }

    [Fact]
    public void EveryOptionThatIsNamedExists()
    {
        var unknown =
            from text in AllLines
            from Match named in NamedOption().Matches(text.Line)
            where !s_otherOptions.Contains(named.Value) && !s_options.Value.Values.Any(options => options.Contains(named.Value))
            select $"{text.File}: {text.Line}";
        Assert.Empty(unknown);
    }

    [Theory]
    [MemberData(nameof(FactFiles))]
    public void OptionsAreThoseOfTheVerbsBesideThem(string file)
    {
        foreach (Topic topic in TopicReader.Read(file))
        {
            string[] texts = [.. topic.Questions.Select(q => q.Text), .. topic.Answers];
            string[] verbs = [.. texts.SelectMany(text => NamedVerb().Matches(text)).Select(match => match.Groups[1].Value).Where(Exists).Distinct()];
            if (verbs.Length == 0) continue;
            foreach (string option in texts.SelectMany(text => NamedOption().Matches(text)).Select(match => match.Value).Except(s_otherOptions))
                Assert.True(verbs.Any(verb => s_options.Value[verb].Contains(option)), $"{file}: {topic.Name}: {option} of {string.Join(", ", verbs)}");
        }
    }

    [Fact]
    public void WhatStandsInBackticksIsACommandThatRuns()
    {
        foreach ((string file, string line) in AllLines)
            foreach (string command in Backticks().Matches(line).Select(match => match.Groups[1].Value))
                Assert.True(s_otherPrograms.Contains(command.Split(' ')[0]) || (command.StartsWith("poise ", StringComparison.Ordinal) && CommandsOf(command).SequenceEqual([command])), $"{file}: {command}");
    }

    [Theory]
    [MemberData(nameof(FactFiles))]
    public void FilesClassesAndChatCommandsExist(string file)
    {
        foreach (string text in TopicReader.Read(file).SelectMany(topic => topic.Questions.Select(q => q.Text).Concat(topic.Answers)))
        {
            foreach (string path in NamedFile().Matches(text).Select(match => match.Value)) Assert.True(SourceTree.Files.Any(f => f == path || f.StartsWith(path + "/", StringComparison.Ordinal)), $"{file}: {path}");
            foreach (string type in NamedClass().Matches(text).Select(match => match.Value)) Assert.Contains(typeof(Model).Assembly.GetExportedTypes(), t => t.Name == type);
            foreach (string command in NamedChatCommand().Matches(text).Select(match => match.Value)) Assert.Contains(CommandTable.All, c => c.Name == command);
        }
    }

    [Theory]
    [MemberData(nameof(FactFiles))]
    public void TheListOfVerbsIsWhole(string file)
    {
        string[] named = [.. Words().Matches(Answer(file, "verbs")).Select(match => match.Value)];
        Assert.All(VerbTable.All.Select(verb => verb.Name), verb => Assert.Contains(verb, named));
    }

    [Theory]
    [MemberData(nameof(FactFiles))]
    public void TheListOfArchitecturesIsWhole(string file)
    {
        // As people call the rows of the table.
        string Spoken(string name) => name switch
        {
            "gpt-oss" => "gpt-oss",
            "llama" => "Llama 2, 3",
            "gpt2" => "GPT-2",
            "gemma2" => "Gemma 2",
            "qwen3moe" => "Qwen 3",
            "deepseek2" => "DeepSeek V2, V3",
            _ => throw new ArgumentException($"{name} is not in the facts of nano yet.", nameof(name)),
        };
        Assert.All(Architectures.All, row => Assert.Contains(Spoken(row.GgufNames[0]), Answer(file, "architectures"), StringComparison.Ordinal));
    }

    [Fact]
    public void NanoAnswersWhereNoModelIsNamed()
    {
        Assert.Empty(CommandLine.Build().Parse(["chat"]).Errors);
        Assert.Equal("nano", ShippedModels.Default);
    }

    static string Answer(string file, string topic) => TopicReader.Read(file).First(t => t.Name == topic).Answers[0];

    static bool Exists(string verb) => VerbTable.All.Any(v => v.Name == verb);

    static bool IsQuestion(string line) => line.StartsWith("q ", StringComparison.Ordinal) || line.StartsWith("~ ", StringComparison.Ordinal);

    /// <summary>
    /// What of a text is a command line: the verb and all that looks like arguments. A verb with nothing but options after it is talked about
    /// ("poise merge --type"), and so is one that stands alone.
    /// </summary>
    static IEnumerable<string> CommandsOf(string text) =>
        from Match command in CommandWithArguments().Matches(text)
        where Exists(command.Groups[1].Value) && command.Groups[2].Captures.Any(word => !word.Value.StartsWith(" --", StringComparison.Ordinal))
        select command.Value;

    [GeneratedRegex(@"(?<![\w./-])poise (\w[\w-]*)", RegexOptions.CultureInvariant)]
    private static partial Regex NamedVerb();

    // Arguments: in quotes, options, placeholders in capitals, paths, numbers, and words that stand for a path, a name or a value.
    [GeneratedRegex(@"(?<![\w./-])poise (\w[\w-]*)( (?:""[^""]*""|--[a-z][a-z-]*|[A-Z]+(?!\w)|[\w./-]*[./][\w./-]*\w|\d+(?!\w)|(?:out|run|sortie|tokenizer|harmony|gpt-oss-20b|nano|dpo)(?![\w-])))*", RegexOptions.CultureInvariant)]
    private static partial Regex CommandWithArguments();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z0-9-]*", RegexOptions.CultureInvariant)]
    private static partial Regex NamedOption();

    [GeneratedRegex("`([^`]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Backticks();

    [GeneratedRegex(@"\b(?:docs|recipes|samples|src|tests)/[\w./-]*\w|\b[A-Z]{4,}\.md\b", RegexOptions.CultureInvariant)]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"\bPoise[A-Z]\w+", RegexOptions.CultureInvariant)]
    private static partial Regex NamedClass();

    [GeneratedRegex(@"(?<=\s)/[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex NamedChatCommand();

    [GeneratedRegex(@"[\w-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
