using Poise.Core.Pretraining;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;
using Poise.Tests.Support;

namespace Poise.Tests.Pretraining;

/// <summary>A training from nothing that takes seconds.</summary>
sealed class PretrainingFixture : IDisposable
{
    readonly TemporaryFolder _temporary = new();

    public PretrainingFixture()
    {
        RecipePath = File("small.yaml");
        System.IO.File.WriteAllText(RecipePath, """
            pretraining: 1
            name: small
            corpus: {generator: nano, seed: 3, conversations: 60}
            tokenizer: {vocabulary: 500}
            model: {hidden_size: 32, layers: 2, heads: 2, key_value_heads: 1, head_size: 16, experts: 3, experts_per_token: 2, expert_size: 32, window: 16, context: 2048, rope_theta: 10000}
            initial: {seed: 5, deviation: 0.05, induction: true}
            training: [learn.yaml, finish.yaml]
            artefact: {type: Q8_0}
            """);
        WriteRun("learn", steps: 6, "balance: 0.02");
        WriteRun("finish", steps: 4, "balance: 0.01, format: mxfp4");
    }

    public string RecipePath { get; }

    public PretrainingRecipe Recipe => PretrainingRecipe.Load(RecipePath);

    public string File(string name) => _temporary.File(name);

    public void WriteRun(string name, int steps, string experts) => System.IO.File.WriteAllText(File($"{name}.yaml"), $$"""
        model: before
        method: full
        data: {train: corpus.jsonl, max_length: 256, packing: true, seed: 1}
        experts: {{{experts}}}
        optimizer: {kind: muon, learning_rate: 2e-3, weight_decay: 0.01}
        run: {batch_size: 2, steps: {{steps}}, recompute: false, checkpoint_every: 3, digest_every: 2}
        """);

    public PretrainingRun Train(string folder, int threads = 2, PublishedTraining? published = null, int segment = 0) => new(Recipe, File(folder), threads, View) { Published = published, Segment = segment };

    public View View { get; } = new();

    /// <summary>What a folder of a training would be published as.</summary>
    public PublishedTraining Publish(string folder, string name)
    {
        string to = File(name);
        Directory.CreateDirectory(to);
        foreach (string file in (string[])["small.yaml", "learn.yaml", "finish.yaml"]) System.IO.File.Copy(File(file), Path.Combine(to, file), overwrite: true);
        PublishedTraining.Write(Recipe, File(folder), to);
        return new PublishedTraining(to, "small");
    }

    public void Dispose() => _temporary.Dispose();
}

/// <summary>Remembers what it was shown, and may stop after a step.</summary>
sealed class View : IPretrainingView
{
    public List<string> Stages { get; } = [];

    public List<(string Stage, bool Kept)> Ended { get; } = [];

    public Action<string, long>? Stepped { get; set; }

    public void Begin(string stage) => Stages.Add(stage);

    public void Progress(string stage, long done, long total) => Assert.InRange(done, 0, total);

    public void Run(string stage, FineTuneRun run) => Assert.True(run.Steps > 0);

    public void Step(string stage, RunMetrics metrics) => Stepped?.Invoke(stage, metrics.Step);

    public void Note(string message) => Assert.NotEmpty(message);

    public void End(StageDigest stage, TimeSpan time, bool kept) => Ended.Add((stage.Name, kept));
}
