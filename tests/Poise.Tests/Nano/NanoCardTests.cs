using System.Text;
using Poise.Core.Pretraining;
using Poise.Tests.House;
using Poise.Tests.Pretraining;
using Poise.Tests.Support;

namespace Poise.Tests.Nano;

/// <summary>The card docs/nano.md says what files and code say, and nano is what was published.</summary>
public sealed class NanoCardTests
{
    const string Card = "docs/nano.md", Picture = "docs/nano-loss.svg";

    public static TheoryData<string> Names => [.. NanoCard.Blocks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryNumberOfTheCardIsMadeAnew(string name)
    {
        string card = SourceTree.Read(Card), begin = $"<!-- {name} -->\n", end = $"<!-- /{name} -->";
        int from = card.IndexOf(begin, StringComparison.Ordinal) + begin.Length, to = card.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"{Card} needs the markers {begin.TrimEnd()} and {end}");
        string expected = NanoCard.Blocks[name]();
        if (SourceTree.Update) File.WriteAllText(Path.Combine(SourceTree.Root, Card), card[..from] + expected + card[to..]);
        else Assert.Equal(expected, card[from..to]);
    }

    [Fact]
    public void ThePictureIsOfThePublishedTranscripts()
    {
        string expected = NanoCard.Curve();
        if (SourceTree.Update) File.WriteAllText(Path.Combine(SourceTree.Root, Picture), expected, new UTF8Encoding(false));
        else Assert.Equal(expected, SourceTree.Read(Picture));
    }

    [Fact]
    public void EveryFileIsTheOneThatWasPublished()
    {
        PublishedTraining published = NanoCard.Published;
        Assert.Null(published.Damage());
        Assert.InRange(new FileInfo(published.Artefact).Length, 1, 8_000_000);
    }

    /// <summary>Corpus, tokenizer and first weights, the first steps, and steps in the middle, from the published weights.</summary>
    [Fact]
    public void TheBeginningAndASegmentRepeatToTheBit()
    {
        using var folder = new TemporaryFolder();
        var run = new PretrainingRun(NanoCard.Published.Recipe, folder.File("run"), threads: 0, new View()) { Published = NanoCard.Published, Segment = 3 };
        bool done = run.Run(TestContext.Current.CancellationToken);
        Assert.True(run.Difference is null, run.Difference?.ToString());
        Assert.True(done);
    }

    /// <summary>The first questions of every kind, answered now as they were then.</summary>
    [Fact]
    public void TheFirstAnswersAreThoseOfTheScores()
    {
        PoiseProcess.Result result = PoiseProcess.Run("exam", NanoCard.Published.Artefact, "--items", "10", "--worst", "1000", "--json");
        Assert.True(result.Code == 0, result.Error);
        string path = Path.Combine(NanoCard.Folder, "scores-10.json");
        if (SourceTree.Update) File.WriteAllText(path, result.Output);
        else Assert.Equal(File.ReadAllText(path), result.Output);
    }
}
