using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;

namespace Poise.Tests.Training;

/// <summary>Runs of every method, with evaluations: interrupted wherever, on any number of threads, they end in the same bytes.</summary>
public sealed class MethodRunTests : IDisposable
{
    readonly TrainingRuns _runs = new();

    [Theory]
    [InlineData("sft", false)]
    [InlineData("dpo", false)]
    [InlineData("dpo", true)]
    [InlineData("full", false)]
    [InlineData("full", true)]
    [InlineData("full-bf16", true)]
    [InlineData("full-sgd", false)]
    public void InterruptedAnywhereItEndsInTheSameBytes(string method, bool llama)
    {
        string recipe = TrainingRuns.Recipe(method), data = _runs.DataOf(method), model = llama ? TrainingRuns.Llama : TrainingRuns.Mixture;
        if (llama) recipe = recipe.Replace(", target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]", "", StringComparison.Ordinal);
        string whole = _runs.DigestOf(_runs.Run("whole", recipe, model, data, 2)!);
        foreach (int stop in (int[])[1, 4, 5, 8])
        {
            _runs.Interrupt($"cancelled{stop}", recipe, model, data, 1, stop);
            Assert.Equal(whole, _runs.DigestOf(_runs.Run($"cancelled{stop}", recipe, model, data, 3)!));

            // Torn away: what came after the last checkpoint is computed again.
            Assert.Throws<InvalidOperationException>(() => _runs.Run($"torn{stop}", recipe, model, data, 3, step => { if (step.Step == stop) throw new InvalidOperationException("torn away"); }));
            Assert.Equal(whole, _runs.DigestOf(_runs.Run($"torn{stop}", recipe, model, data, 1)!));
        }

        // What is finished stays as it is.
        Assert.Equal(whole, _runs.DigestOf(_runs.Run("whole", recipe, model, data, 1)!));
        Transcript transcript = Transcript.Read(Path.Combine(_runs.File("whole"), RunFolder.Transcript));
        Assert.Equal([4L, 8L, 9L], transcript.Entries.OfType<TranscriptEvaluation>().Select(e => e.Step));
        Assert.Equal("finished", Assert.IsType<TranscriptEnd>(transcript.Entries[^1]).Reason);
        IReadOnlyList<RunMetrics> metrics = MetricsLog.Read(Path.Combine(_runs.File("torn5"), RunReport.MetricsFile));
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long)i), metrics.Select(m => m.Step));
        Assert.Equal(method == "dpo" ? 9 : 0, metrics.Count(m => m.Accuracy is not null));
        Assert.Equal(3, metrics.Count(m => m.EvaluationLoss is not null));
    }

    /// <summary>What users say is learnt, and what is held back is measured as ever.</summary>
    [Fact]
    public void EveryTokenMayBeLearnt()
    {
        string recipe = TrainingRuns.Recipe("full").Replace("seed: 5,", "seed: 5, loss: all,", StringComparison.Ordinal).Replace("learning_rate: 1e-3", "learning_rate: 0", StringComparison.Ordinal);
        List<RunMetrics> answers = [], all = [];
        _runs.Run("answers", recipe.Replace(" loss: all,", "", StringComparison.Ordinal), TrainingRuns.Mixture, _runs.Data, observe: answers.Add);
        _runs.Run("all", recipe, TrainingRuns.Mixture, _runs.Data, observe: all.Add);
        Assert.Equal(answers.Select(m => m.ProcessedTokens), all.Select(m => m.ProcessedTokens));
        // Two more of each line: the first token of all has none before it.
        Assert.All(answers.Zip(all), pair => Assert.True(pair.Second.Tokens > pair.First.Tokens));
        Assert.Equal(answers[^1].EvaluationLoss, all[^1].EvaluationLoss);
        Assert.NotEqual(answers[0].Loss, all[0].Loss);
    }

    [Fact]
    public void ExpertsAreThoseOfGptOss() => Assert.Contains("section experts", Assert.Throws<PoiseException>(() =>
        _runs.Run("llama", TrainingRuns.Recipe("full") + "\nexperts: {balance: 0.1}", TrainingRuns.Llama, _runs.Data)).Message, StringComparison.Ordinal);

    [Fact]
    public void PreferencesAreLearnt()
    {
        string recipe = TrainingRuns.Recipe("dpo").Replace("steps: 9", "steps: 40", StringComparison.Ordinal).Replace("1e-3", "1e-2", StringComparison.Ordinal);
        var metrics = new List<RunMetrics>();
        _runs.Run("pairs", recipe, TrainingRuns.Llama, _runs.Pairs, observe: metrics.Add);
        // A new adapter changes nothing: no margin, and the loss is ln 2.
        Assert.Equal(0.6931471805599453, metrics[0].Loss, 12);
        Assert.Equal((0.0, 0.0), (metrics[0].Margin!.Value, metrics[0].Accuracy!.Value));
        // Four pairs that were held back; sixteen teach this model little about them.
        Assert.True(metrics[^1].EvaluationMargin > 0.5 && metrics[^1].EvaluationAccuracy >= 0.5 && metrics[^1].EvaluationLoss > metrics[^1].Loss, metrics[^1].ToString());
        Assert.True(metrics[^1].Margin > 0.5 && metrics[^1].Accuracy > 0.9, metrics[^1].ToString());
    }

    [Fact]
    public void TheReferenceIsTheBaseAndNotTheAdapterThatIsGoneOnFrom()
    {
        string recipe = TrainingRuns.Recipe("dpo").Replace("1e-3", "1e-2", StringComparison.Ordinal).Replace("steps: 9", "steps: 20", StringComparison.Ordinal);
        string adapter = _runs.Run("first", recipe, TrainingRuns.Llama, _runs.Pairs)!;
        var metrics = new List<RunMetrics>();
        _runs.Run("second", recipe, TrainingRuns.Llama, _runs.Pairs, observe: metrics.Add, start: adapter);
        Assert.True(metrics[0].Margin > 0.1 && metrics[0].Loss < 0.68, metrics[0].ToString());
    }

    public void Dispose() => _runs.Dispose();
}
