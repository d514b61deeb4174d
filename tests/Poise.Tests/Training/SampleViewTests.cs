using Poise.Cli.Training;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Core.Training.Data;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

public sealed class SampleViewTests
{
    static readonly Poise.Core.Tokenizers.Tokenizer s_tokenizer = SpelledTokenizer.Create(["<e>"]);

    [Fact]
    public void MarksStandAroundLossWhereThereAreNoColours()
    {
        TrainingSample sample = Sample("Hié!<e>", 2);
        Assert.Equal(", line 0: 6 tokens, 4 with loss\nHi⟦é!<e>⟧\n", new SampleView(s_tokenizer, ansi: false, colors: false).Show(sample, 100));
        Assert.Equal(", line 0: 6 tokens, 2 with loss, 2 cut\nHi⟦é⟧✂!<e>\n", new SampleView(s_tokenizer, ansi: false, colors: false).Show(sample, 4));
    }

    [Fact]
    public void LossIsGreenAndWhatIsCutIsFaint()
    {
        string shown = new SampleView(s_tokenizer, ansi: true, colors: true).Show(Sample("Hi you", 3), 5);
        Assert.EndsWith("\nHi \e[1;32myo\e[0m\e[2;9mu\e[0m\n", shown, StringComparison.Ordinal);
        // Without colours weight is left.
        Assert.Contains("Hi \e[1myo\e[0m", new SampleView(s_tokenizer, ansi: true, colors: false).Show(Sample("Hi you", 3), 5), StringComparison.Ordinal);
    }

    [Fact]
    public void DataCannotDriveTheTerminal() =>
        Assert.DoesNotContain("\e[2J", new SampleView(s_tokenizer, ansi: true, colors: true).Show(Sample("a\e[2Jb", 1), 100), StringComparison.Ordinal);

    [Fact]
    public void TheReportTellsWhatIsThereAndWhatIsCut()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("d.jsonl"), """
            {"input_ids":[1,2,3,4],"labels":[-100,2,3,4]}
            {"input_ids":[1,2],"labels":[-100,-100]}
            """);
        Dataset data = DatasetReader.Read([folder.File("d.jsonl")], SampleFormat.OfIds(10));
        string report = string.Join('\n', DatasetReport.Of(data, FittedData.Of(data, 3)).Select(fact => $"{fact.Name}: {fact.Value}"));
        Assert.Equal($"""
            data: {folder.File("d.jsonl")}: ids, 2 records, {new FileInfo(folder.File("d.jsonl")).Length} B
            SHA-256: {data.Sha256}
            samples: 2
            tokens: 6, 3 with loss
            longest: 4 tokens ({folder.File("d.jsonl")}, line 1)
            cut: 1 sequences at 3 tokens, 1 tokens lost
            without loss: 1 ({folder.File("d.jsonl")}, line 2)
            one epoch: 3 tokens, 2 with loss
            """, report);
    }

    static TrainingSample Sample(string text, int prompt)
    {
        int[] ids = s_tokenizer.Encode(text, allowSpecial: true);
        return new TrainingSample(ids, [.. ids.Select((id, i) => i < prompt ? TrainingSample.NoLoss : id)]);
    }
}
