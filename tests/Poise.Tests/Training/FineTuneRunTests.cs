using System.Security.Cryptography;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>Whole runs in a folder: interrupted wherever, on any number of threads, they end in the same bytes.</summary>
public sealed class FineTuneRunTests : IDisposable
{
    const string Text = """
        model: tiny
        data: {train: data.jsonl, max_length: 40, packing: true, order: shuffled, seed: 5}
        adapter: {kind: lora, r: 2, alpha: 4, target_modules: all-linear, target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]}
        optimizer: {learning_rate: 1e-3, max_gradient_norm: 1.0}
        schedule: {kind: cosine, warmup_steps: 2}
        run: {batch_size: 2, accumulation: 2, steps: 9, checkpoint_every: 2, digest_every: 3}
        """;

    static readonly string s_model = Shared.Golden("training", "bases", "gpt_oss_mxfp4");

    readonly TemporaryFolder _temporary = new();
    readonly string _data;

    public FineTuneRunTests()
    {
        _data = _temporary.File("data.jsonl");
        File.WriteAllLines(_data, TrainingRuns.Lines(seed: 3));
    }

    [Fact]
    public void TheRunLearns()
    {
        var losses = new List<double>();
        Run("a", 2, step => losses.Add(step.Loss), recipe: Text.Replace("steps: 9", "steps: 30", StringComparison.Ordinal).Replace("1e-3", "1e-2", StringComparison.Ordinal));
        Assert.Equal(30, losses.Count);
        Assert.True(losses.TakeLast(3).Average() < losses.Take(3).Average() - 0.2, string.Join(' ', losses));
    }

    [Fact]
    public void InterruptedAnywhereItEndsInTheSameBytes()
    {
        string whole = Finish("whole", 2);
        for (int stop = 1; stop <= 8; stop++)
        {
            // Asked to stop: the last step is saved.
            using var cancellation = new CancellationTokenSource();
            string name = $"cancelled{stop}";
            Assert.Null(Run(name, 1, step => { if (step.Step == stop) cancellation.Cancel(); }, cancellation: cancellation.Token));
            Assert.Equal(whole, Finish(name, 3));

            // Torn away: what came after the last checkpoint is computed again.
            name = $"torn{stop}";
            Assert.Throws<InvalidOperationException>(() => Run(name, 2, step => { if (step.Step == stop) throw new InvalidOperationException("torn away"); }));
            Assert.Equal(whole, Finish(name, 1));
        }
    }

    [Fact]
    public void TheTranscriptTellsWhereTwoRunsPart()
    {
        Finish("one", 1);
        string[] lines = TrainingRuns.Lines(seed: 3);
        lines[4] = lines[4].Replace("\"input_ids\":[1,", "\"input_ids\":[2,", StringComparison.Ordinal);
        File.WriteAllLines(_data, lines);
        Finish("other", 1);
        Transcript one = Transcript.Read(Path.Combine(_temporary.Path, "one", RunFolder.Transcript)), other = Transcript.Read(Path.Combine(_temporary.Path, "other", RunFolder.Transcript));
        Assert.True(one.IsWhole && other.IsWhole);
        Assert.Equal(one.Header.InitialWeights, other.Header.InitialWeights);
        Assert.NotEqual(one.Header.Data[0].Digest, other.Header.Data[0].Digest);
        Assert.NotNull(TranscriptDifference.Find(one, other));
        Assert.Null(TranscriptDifference.Find(one, one));
    }

    [Fact]
    public void ARecipeChangedOnTheWayIsRefused()
    {
        using var cancellation = new CancellationTokenSource();
        Run("changed", 1, step => { if (step.Step == 3) cancellation.Cancel(); }, cancellation: cancellation.Token);
        PoiseException error = Assert.Throws<PoiseException>(() => Run("changed", 1, recipe: Text.Replace("1e-3", "2e-3", StringComparison.Ordinal)));
        Assert.Contains("another recipe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheRecordOfARunThatHasEndedIsNotWrittenOver()
    {
        Finish("ended", 2);
        string folder = Path.Combine(_temporary.Path, "ended"), path = Path.Combine(folder, RunFolder.Transcript);
        byte[] transcript = File.ReadAllBytes(path);
        Directory.Delete(Path.Combine(folder, RunFolder.Checkpoints), recursive: true);
        Assert.Contains("has ended", Assert.Throws<PoiseException>(() => Run("ended", 1)).Message, StringComparison.Ordinal);
        Assert.Equal(transcript, File.ReadAllBytes(path));
        // One that was begun only has nothing to go on from.
        File.WriteAllBytes(path, transcript[..(transcript.Length / 2)]);
        Finish("ended", 1);
        Assert.Equal(transcript, File.ReadAllBytes(path));
    }

    string? Run(string name, int threads, Action<RunMetrics>? observe = null, string recipe = Text, CancellationToken cancellation = default)
    {
        using var run = new FineTuneRun(Recipe.Parse(recipe), s_model, [_data], Path.Combine(_temporary.Path, name), threads);
        return run.Run(observe, cancellation);
    }

    // The digest of everything that a run leaves and that must not depend on how it went.
    string Finish(string name, int threads)
    {
        string folder = Run(name, threads)!;
        byte[] bytes = [.. File.ReadAllBytes(Path.Combine(folder, "adapter_model.safetensors")), .. File.ReadAllBytes(Path.Combine(folder, "adapter_config.json")),
            .. File.ReadAllBytes(Path.Combine(_temporary.Path, name, RunFolder.Transcript))];
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    public void Dispose() => _temporary.Dispose();
}
