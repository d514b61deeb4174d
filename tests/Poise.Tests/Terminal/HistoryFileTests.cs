using Poise.Cli.Terminal;
using Poise.Tests.Support;

namespace Poise.Tests.Terminal;

/// <summary>The history on disk.</summary>
public sealed class HistoryFileTests
{
    [Fact]
    public void EntriesSurviveAndConversationsShareThem()
    {
        using var folder = new TemporaryFolder();
        var file = new HistoryFile(Path.Combine(folder.Path, "deep", "er", "history.jsonl"));
        History one = new(file), two = new(file);
        one.Add("first\nline two \e[2J");
        two.Add("日本 \"quoted\"");
        one.Add("third");
        Assert.Null(one.Problem);
        Assert.Equal(["first\nline two \e[2J", "日本 \"quoted\"", "third"], new History(file).Entries);
        Assert.Equal(3, File.ReadAllLines(file.Path).Length);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file.Path)!));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
    }

    [Fact]
    public void ItIsCapped()
    {
        using var folder = new TemporaryFolder();
        var file = new HistoryFile(folder.File("history.jsonl"));
        File.WriteAllLines(file.Path, Enumerable.Range(0, HistoryFile.MaximumEntries).Select(i => $"\"{i}\""));
        file.Append("new");
        file.Append(new string('x', 1 << 20));
        IReadOnlyList<string> entries = file.Read();
        Assert.Equal(HistoryFile.MaximumEntries, entries.Count);
        Assert.Equal(("1", "new"), (entries[0], entries[^1]));
    }

    [Fact]
    public void DamagedLinesAreLeftOut()
    {
        using var folder = new TemporaryFolder();
        var file = new HistoryFile(folder.File("history.jsonl"));
        File.WriteAllText(file.Path, "\"good\"\n{\"a\": 1}\n\"open\nrubbish\n\"\\ud800\"\n\n\"fine\"");
        Assert.Equal(["good", "fine"], file.Read());
    }

    [Fact]
    public void AHistoryThatCannotBeWrittenIsToldAndNotTriedAgain()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        var history = new History(new HistoryFile(Path.Combine(folder.File("file"), "history.jsonl")));
        history.Add("one");
        Assert.Contains("the history is not kept", history.Problem, StringComparison.Ordinal);
        history.Add("two");
        Assert.Equal(["one", "two"], history.Entries);
    }
}
