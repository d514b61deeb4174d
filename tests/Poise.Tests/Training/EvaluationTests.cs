using Poise.Core.Training.Data;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;

namespace Poise.Tests.Training;

/// <summary>What is held back is measured and never trained on.</summary>
public sealed class EvaluationTests : IDisposable
{
    readonly TrainingRuns _runs = new();

    /// <summary>A run that holds a share back computes what a run computes that never saw these lines.</summary>
    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    public void AShareIsAsIfItLayInAFileOfItsOwn(string method)
    {
        string data = _runs.DataOf(method), recipe = TrainingRuns.Recipe(method);
        string[] lines = File.ReadAllLines(data);
        int[] held = [.. SampleOrder.Shuffled(lines.Length, 5, Philox.StreamOf("split")).Take(4).Order()];
        File.WriteAllLines(_runs.File("train.jsonl"), lines.Where((_, i) => !held.Contains(i)));
        File.WriteAllLines(_runs.File("held.jsonl"), held.Select(i => lines[i]));
        _runs.Run("share", recipe, TrainingRuns.Mixture, data);
        _runs.Run("files", recipe.Replace("evaluation_share: 0.2", "evaluation: held.jsonl", StringComparison.Ordinal), TrainingRuns.Mixture, _runs.File("train.jsonl"), evaluation: [_runs.File("held.jsonl")]);
        Transcript share = Read("share"), files = Read("files");
        Assert.Equal(share.Entries, files.Entries);
        Assert.Equal(3, share.Entries.OfType<TranscriptEvaluation>().Count());
        Assert.Equal((1, 2), (share.Header.Data.Count, files.Header.Data.Count));
        Assert.Equal("held.jsonl", files.Header.Data[1].Name);
    }

    [Fact]
    public void TheChoiceIsTheSeedsAndEveryRecordIsInOnePart()
    {
        var format = SampleFormat.OfIds(256);
        Dataset data = DatasetReader.Read([_runs.Data], format);
        foreach (double share in (double[])[0.01, 0.2, 0.5, 0.9])
        {
            (Dataset train, Dataset held) = HeldBack.Of(data, share, 7);
            Assert.Equal(Math.Max(1, (int)Math.Round(20 * share)), held.Samples.Count);
            Assert.Equal(data.Samples.Select(s => s.Place).Order(Comparer<DataPlace>.Create((a, b) => a.Line - b.Line)),
                train.Samples.Concat(held.Samples).Select(s => s.Place).Order(Comparer<DataPlace>.Create((a, b) => a.Line - b.Line)));
            Assert.Equal(held.Samples.Select(s => s.Place), HeldBack.Of(data, share, 7).Evaluation.Samples.Select(s => s.Place));
        }

        Assert.NotEqual(HeldBack.Of(data, 0.5, 7).Evaluation.Samples.Select(s => s.Place), HeldBack.Of(data, 0.5, 8).Evaluation.Samples.Select(s => s.Place));
        File.WriteAllText(_runs.File("one.jsonl"), "{\"input_ids\":[1,2,3]}\n");
        Assert.Contains("one record", Assert.Throws<PoiseException>(() => HeldBack.Of(DatasetReader.Read([_runs.File("one.jsonl")], format), 0.5, 1)).Message, StringComparison.Ordinal);
    }

    /// <summary>A long text becomes several rows; they are all trained on, or all held back.</summary>
    [Fact]
    public void TheRowsOfATextStayTogether()
    {
        File.WriteAllText(_runs.File("texts.jsonl"), string.Concat(Enumerable.Range(0, 6).Select(i => $"{{\"text\":\"{string.Join(' ', Enumerable.Repeat($"w{i}", 60))}\"}}\n")));
        var recipe = Recipe.Parse(TrainingRuns.Recipe("sft").Replace("evaluation_share: 0.2", "evaluation_share: 0.5", StringComparison.Ordinal));
        using var package = Core.Library.ModelPackage.Open(TrainingRuns.Chat);
        var data = new RunData(recipe, SampleFormat.Of(package), [_runs.File("texts.jsonl")], [], package.Config.ContextLength);
        Assert.True(data.Training.Samples.Count > 6);
        Assert.Empty(data.Training.Samples.Select(s => s.Place.Line).Intersect(data.Evaluation!.Samples.Select(s => s.Place.Line)));
        Assert.Equal(6, data.Training.Samples.Concat(data.Evaluation.Samples).Select(s => s.Place.Line).Distinct().Count());
    }

    [Fact]
    public void OnlyAtTheEndWhereNothingElseIsSaid()
    {
        var metrics = new List<RunMetrics>();
        _runs.Run("end", TrainingRuns.Recipe("sft").Replace(", evaluate_every: 4", "", StringComparison.Ordinal), TrainingRuns.Mixture, _runs.Data, observe: metrics.Add);
        Assert.Equal([9L], metrics.Where(m => m.EvaluationLoss is not null).Select(m => m.Step));
        Assert.Contains("Last evaluation loss", File.ReadAllText(Path.Combine(_runs.File("end"), "report.html")), StringComparison.Ordinal);
    }

    Transcript Read(string name) => Transcript.Read(Path.Combine(_runs.File(name), RunFolder.Transcript));

    public void Dispose() => _runs.Dispose();
}
