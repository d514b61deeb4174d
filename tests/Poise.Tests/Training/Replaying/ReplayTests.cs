using System.Text;
using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Replaying;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Replaying;

/// <summary>A replay of what was left alone is equal; one bit anywhere is found, and named for what it is.</summary>
public sealed class ReplayTests(RecordedRun recorded) : IClassFixture<RecordedRun>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TheWholeRunIsEqual(int threads)
    {
        using TemporaryFolder folder = recorded.Copy();
        ReplayResult result = Run(folder, threads: threads);
        AssertEqual(result, start: 0, reached: 12);
        Assert.Equal([3, 4, 6, 8, 9, 12], result.Digests);
        Assert.Equal([3, 6, 9, 12], result.Checkpoints);
        Assert.True(result.Result);
        Assert.Empty(result.Notes);
        Assert.Equal(result.Transcript!.Steps.Sum(s => s.Tokens), result.Targets);
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(3, 3, 0)]
    [InlineData(4, 6, 3)]
    [InlineData(5, 8, 3)]
    [InlineData(7, 12, 6)]
    [InlineData(12, 12, 9)]
    public void ASegmentStartsFromTheCheckpointBefore(long from, long to, long start)
    {
        using TemporaryFolder folder = recorded.Copy();
        ReplayResult result = Run(folder, from, to, threads: (int)(from % 3) + 1);
        AssertEqual(result, start, to);
        Assert.Equal(to == 12, result.Result);
    }

    [Fact]
    public void WithoutCheckpointsItStartsFromTheBeginning()
    {
        using TemporaryFolder folder = recorded.Copy();
        Directory.Delete(folder.File("run/checkpoints"), recursive: true);
        AssertEqual(Run(folder, 10, 10), 0, 10);
    }

    [Fact]
    public void ABitOfTheData()
    {
        using TemporaryFolder folder = recorded.Copy();
        long length = new FileInfo(folder.File("data.jsonl")).Length;
        for (uint i = 0; i < 20; i++)
        {
            (uint at, uint bit, _, _) = Philox.Generate(i, 0, 0);
            RecordedRun.Flip(folder.File("data.jsonl"), at % length, (int)(bit % 8));
            AssertDiffers(Run(folder, 7, 8), ReplayKind.Data, 0, "data data.jsonl", "SHA-256");
            RecordedRun.Flip(folder.File("data.jsonl"), at % length, (int)(bit % 8));
        }

        AssertEqual(Run(folder, 7, 8), 6, 8);
    }

    [Fact]
    public void ABitOfTheBase()
    {
        using TemporaryFolder folder = recorded.Copy();
        string weights = folder.File("model/model.safetensors");
        long length = new FileInfo(weights).Length, header = BitConverter.ToInt64(File.ReadAllBytes(weights).AsSpan(0, 8)) + 8;
        for (uint i = 0; i < 10; i++)
        {
            (uint at, uint bit, _, _) = Philox.Generate(i, 1, 0);
            RecordedRun.Flip(weights, header + at % (length - header), (int)(bit % 8));
            AssertDiffers(Run(folder, 7, 8), ReplayKind.Base, 0, "base", "weights");
            RecordedRun.Flip(weights, header + at % (length - header), (int)(bit % 8));
        }
    }

    [Fact]
    public void TheTokenizer()
    {
        using TemporaryFolder folder = recorded.Copy();
        File.WriteAllText(folder.File("model/chat_template.jinja"), "x");
        AssertDiffers(Run(folder), ReplayKind.Tokenizer, 0, "tokenizer", "template");
    }

    [Theory]
    [InlineData("parameters.safetensors", "weights")]
    [InlineData("optimizer.safetensors", "optimizer_state")]
    public void ABitOfACheckpoint(string file, string field)
    {
        using TemporaryFolder folder = recorded.Copy();
        string checkpoint = folder.File("run/checkpoints/checkpoint-00000006"), path = Path.Combine(checkpoint, file);
        RecordedRun.Flip(path, new FileInfo(path).Length - 7);
        ReplayFinding finding = AssertDiffers(Run(folder, 8, 8), ReplayKind.Checkpoint, 6, "checkpoint-00000006", "changed or damaged");
        Assert.Contains(file, finding.Found, StringComparison.Ordinal);
        // The list of the files is made to agree: the transcript still knows better.
        CheckpointManifest.Write(checkpoint);
        ReplayResult forged = Run(folder, 8, 8);
        AssertDiffers(forged, ReplayKind.Checkpoint, 6, field, "the list of the files with");
        Assert.Equal(0, forged.Targets);
        // Reached by computing, it is compared value by value.
        finding = AssertDiffers(Run(folder, 4, 6), ReplayKind.Checkpoint, 6, "checkpoint-00000006", "the checkpoint was changed");
        Assert.Contains("1 other values", finding.Found, StringComparison.Ordinal);
        // What does not touch it is equal.
        AssertEqual(Run(folder, 10, 12), 9, 12);
    }

    [Fact]
    public void ThePlaceOfACheckpoint()
    {
        using TemporaryFolder folder = recorded.Copy();
        string checkpoint = folder.File("run/checkpoints/checkpoint-00000006"), path = Path.Combine(checkpoint, "state.json"), text = File.ReadAllText(path);
        int position = int.Parse(text.Split("\"position\": ")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
        Change($"\"position\": {position}", $"\"position\": {position + 1}");
        AssertDiffers(Run(folder, 7, 7), ReplayKind.Data, 7, "batch", "checkpoint of step 6");
        AssertDiffers(Run(folder, 5, 6), ReplayKind.Checkpoint, 6, "checkpoint-00000006", "changed");
        Change($"\"position\": {position}", "\"position\": 99999999999");
        Assert.Contains("row 99,999,999,999", AssertDiffers(Run(folder, 7, 7), ReplayKind.Loss, 7, "step", "stops").Found, StringComparison.Ordinal);
        Change("\"tokens\": ", "\"tokens\": 1");
        AssertDiffers(Run(folder, 7, 7), ReplayKind.Checkpoint, 6, "tokens", "counts");
        Change("\"format\": 1", "\"format\": 7");
        AssertDiffers(Run(folder, 7, 7), ReplayKind.Checkpoint, 6, "checkpoint-00000006", "another run, or was changed");

        void Change(string from, string to)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
            CheckpointManifest.Write(checkpoint);
        }
    }

    [Fact]
    public void ABitOfTheTranscriptBreaksItsChain()
    {
        using TemporaryFolder folder = recorded.Copy();
        string path = folder.File("run/transcript.jsonl");
        byte[] good = File.ReadAllBytes(path);
        string text = Encoding.UTF8.GetString(good);
        // In the recipe, and in the loss of step 5.
        foreach ((int at, int line) in ((int, int)[])[(text.IndexOf("learning_rate: 0.01", StringComparison.Ordinal) + 18, 1), (LineStart(text, 6) + text[LineStart(text, 6)..].IndexOf("\"loss\":", StringComparison.Ordinal) + 9, 6)])
        {
            RecordedRun.Flip(path, at);
            Assert.Contains($"breaks at line {line}:", AssertDiffers(Run(folder), ReplayKind.Chain, 0, $"line {line}", "changed or damaged").Found, StringComparison.Ordinal);
            File.WriteAllBytes(path, good);
        }

        static int LineStart(string text, int line) => Enumerable.Range(1, line - 1).Aggregate(0, (at, _) => text.IndexOf('\n', at) + 1);
    }

    [Fact]
    public void AForgedRecipe()
    {
        using TemporaryFolder folder = recorded.Copy();
        static string Change(string recipe) => recipe.Replace("learning_rate: 0.01", "learning_rate: 0.02", StringComparison.Ordinal);
        RecordedRun.Rechain(folder.File("run"), header => header with { Recipe = Change(header.Recipe) });
        AssertDiffers(Run(folder), ReplayKind.Recipe, 0, "recipe_digest", "recipe");
        RecordedRun.Rechain(folder.File("run"), header => header with { RecipeDigest = Recipe.Parse(header.Recipe).Digest });
        AssertDiffers(Run(folder, 7, 8), ReplayKind.Checkpoint, 6, "recipe", "another recipe");
        // The first step of a warm-up has the rate 0 in both.
        AssertDiffers(Run(folder), ReplayKind.LearningRate, 2, "learning_rate", "schedule");
        RecordedRun.Rechain(folder.File("run"), header => header with { Seed = 6 });
        AssertDiffers(Run(folder), ReplayKind.Recipe, 0, "seed", "header");
    }

    /// <summary>Whoever changes a loss and computes all hashes after it again is found out by the step itself, and by the checkpoints.</summary>
    [Fact]
    public void AForgedLoss()
    {
        using TemporaryFolder folder = recorded.Copy();
        RecordedRun.RechainSteps(folder.File("run"), 5, step => step with { Loss = Math.BitDecrement(step.Loss) });
        ReplayFinding finding = AssertDiffers(Run(folder), ReplayKind.Loss, 5, "loss", "The weights after step 6 are those of the transcript all the same");
        Assert.NotEqual(finding.Recorded, finding.Found);
        AssertDiffers(Run(folder, 5, 5), ReplayKind.Loss, 5, "loss", "the line was changed");
        AssertDiffers(Run(folder, 8, 9), ReplayKind.Checkpoint, 6, "line 7 of the transcript", "other lines");
        AssertEqual(Run(folder, 2, 4), 0, 4);
    }

    [Fact]
    public void OtherForgedNumbers()
    {
        foreach ((ReplayKind kind, string field, string meaning, Func<TranscriptStep, TranscriptStep> change) in ((ReplayKind, string, string, Func<TranscriptStep, TranscriptStep>)[])
        [
            (ReplayKind.Data, "batch", "rows", step => step with { Batch = new string('0', 64) }),
            (ReplayKind.Data, "tokens", "rows", step => step with { Tokens = step.Tokens + 1 }),
            (ReplayKind.LearningRate, "learning_rate", "the line was changed", step => step with { LearningRate = Math.BitIncrement(step.LearningRate) }),
            (ReplayKind.Gradient, "gradient_norm", "the line was changed", step => step with { GradientNorm = Math.BitIncrement(step.GradientNorm) }),
            (ReplayKind.Weights, "weights", "after step 3", step => step with { Weights = new string('0', 64) }),
            (ReplayKind.OptimizerState, "optimizer_state", "remembers", step => step with { OptimizerState = new string('0', 64) }),
        ])
        {
            using TemporaryFolder folder = recorded.Copy();
            RecordedRun.RechainSteps(folder.File("run"), 4, change);
            AssertDiffers(Run(folder, 4, 5), kind, 4, field, meaning);
        }

        using TemporaryFolder end = recorded.Copy();
        RecordedRun.Rechain(end.File("run"), entries: entry => [entry is TranscriptEnd last ? last with { Weights = "x" } : entry]);
        AssertDiffers(Run(end, 12, 12), ReplayKind.Weights, 12, "final weights", "last line");
    }

    /// <summary>The run itself computed something else than its header says: the weights part too, and no line is to blame.</summary>
    [Fact]
    public void AnotherComputation()
    {
        using TemporaryFolder folder = recorded.Copy();
        string header = Path.Combine(folder.File("run"), RunFolder.Transcript);
        TranscriptHeader honest = Transcript.Read(header).Header;
        Directory.Delete(folder.File("run"), recursive: true);
        string weights = folder.File("model/model.safetensors");
        // The low bit of a float in the middle of the weights.
        RecordedRun.Flip(weights, new FileInfo(weights).Length / 2 / 4 * 4, 5);
        using (var run = new FineTuneRun(Recipe.Parse(RecordedRun.RecipeText), folder.File("model"), [folder.File("data.jsonl")], folder.File("run"), 1)) Assert.NotNull(run.Run());
        RecordedRun.Flip(weights, new FileInfo(weights).Length / 2 / 4 * 4, 5);
        RecordedRun.Rechain(folder.File("run"), _ => honest);
        Directory.Delete(folder.File("run/checkpoints"), recursive: true);
        ReplayFinding finding = Run(folder).Finding!;
        Assert.True(finding.Kind is ReplayKind.Loss or ReplayKind.Gradient or ReplayKind.Weights, finding.ToString());
        Assert.DoesNotContain("line was changed", finding.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void ABitOfTheAdapter()
    {
        using TemporaryFolder folder = recorded.Copy();
        string adapter = folder.File("run/adapter/adapter_model.safetensors");
        RecordedRun.Flip(adapter, new FileInfo(adapter).Length - 3);
        AssertDiffers(Run(folder, 12, 12), ReplayKind.Result, 12, "adapter_model.safetensors", "result");
    }

    [Fact]
    public void LinesLeftOutDoubledOrCutOff()
    {
        AssertDisorder("line 6", entry => entry is TranscriptStep { Step: 5 } ? [] : [entry]);
        AssertDisorder("line 7", entry => entry is TranscriptStep { Step: 5 } ? [entry, entry] : [entry]);
        AssertDisorder("line 6", entry => entry is TranscriptStep { Step: 4 } ? [entry, new TranscriptEnd(4, "finished", "x")] : [entry]);
        AssertDisorder("step 10", entry => entry.Step > 10 ? [] : [entry]);

        void AssertDisorder(string what, Func<TranscriptEntry, IEnumerable<TranscriptEntry>> change)
        {
            using TemporaryFolder folder = recorded.Copy();
            RecordedRun.Rechain(folder.File("run"), entries: change);
            AssertDiffers(Run(folder), ReplayKind.Steps, 0, what, "");
        }
    }

    [Fact]
    public void AShorterRunThanRecipeAndDataMake()
    {
        using TemporaryFolder folder = recorded.Copy();
        Directory.Delete(folder.File("run/checkpoints"), recursive: true);
        RecordedRun.Rechain(folder.File("run"), entries: entry => entry.Step > 10 ? [] : entry.Step == 10 ? [entry, new TranscriptEnd(10, "finished", "x")] : [entry]);
        AssertDiffers(Run(folder), ReplayKind.Steps, 10, "steps", "another length");
    }

    [Fact]
    public void AnUnfinishedRunIsReplayedAsFarAsItIs()
    {
        using TemporaryFolder folder = recorded.Copy();
        Directory.Delete(folder.File("run/checkpoints/checkpoint-00000012"), recursive: true);
        RecordedRun.Rechain(folder.File("run"), entries: entry => entry.Step > 10 ? [] : [entry]);
        File.AppendAllText(folder.File("run/transcript.jsonl"), "{\"line\":");
        ReplayResult result = Run(folder, 10);
        AssertEqual(result, 9, 10);
        Assert.Equal(2, result.Notes.Count);
    }

    [Fact]
    public void ARunFromAnAdapter()
    {
        using TemporaryFolder folder = recorded.Copy();
        using (var run = new FineTuneRun(Recipe.Parse(RecordedRun.RecipeText), folder.File("model"), [folder.File("data.jsonl")], folder.File("next"), 1, folder.File("run/adapter"))) Assert.NotNull(run.Run());
        ReplayOptions options = new(folder.File("next")) { Model = folder.File("model"), Data = [folder.File("data.jsonl")], To = 2 };
        AssertDiffers(Replay.Run(options, TestContext.Current.CancellationToken), ReplayKind.InitialWeights, 0, "initial_weights", "--adapter");
        AssertEqual(Replay.Run(options with { Adapter = folder.File("run/adapter") }, TestContext.Current.CancellationToken), 0, 2);
    }

    /// <summary>Whole models, preferences, and what is held back.</summary>
    [Theory]
    [InlineData("method: full\ndata: {train: data.jsonl, max_length: 40, evaluation_share: 0.2}", "evaluate_every: 2, ", "model.safetensors")]
    [InlineData("method: dpo\ndata: {train: pairs.jsonl, max_length: 40}\nadapter: {r: 2}", "", "adapter_model.safetensors")]
    [InlineData("method: sft\ndata: {train: data.jsonl, evaluation: other.jsonl, max_length: 40}\nadapter: {r: 2}", "evaluate_every: 3, ", "adapter_config.json")]
    public void OtherMethods(string what, string evaluate, string file)
    {
        using TemporaryFolder folder = recorded.Copy();
        File.WriteAllLines(folder.File("pairs.jsonl"), Enumerable.Range(0, 9).Select(i => $"{{\"prompt\":[1,{i + 2}],\"chosen\":[{i + 5},{i + 8}],\"rejected\":[{i + 9},{i + 7},3]}}"));
        File.WriteAllLines(folder.File("other.jsonl"), RecordedRun.DataLines(4));
        Recipe recipe = Recipe.Parse($"model: model\n{what}\noptimizer: {{learning_rate: 1e-3}}\nrun: {{{evaluate}batch_size: 2, steps: 7, checkpoint_every: 3, digest_every: 2}}");
        if (recipe.Adapter is null)
        {
            Directory.Delete(folder.File("model"), recursive: true);
            RecordedRun.CopyFolder(Shared.Golden("training", "bases", "llama_xs"), folder.File("model"));
        }

        string[] Paths(IEnumerable<string> names) => [.. names.Select(folder.File)];
        using (var run = new FineTuneRun(recipe, folder.File("model"), Paths(recipe.Data.Train), folder.File("run"), 1, null, Paths(recipe.Data.Evaluation)) { Warn = Assert.Fail })
        {
            Directory.Delete(folder.File("run"), recursive: true);
            Assert.NotNull(run.Run(cancellation: TestContext.Current.CancellationToken));
        }

        ReplayOptions options = new(folder.File("run")) { Threads = 3 };
        ReplayResult result = Replay.Run(options, TestContext.Current.CancellationToken);
        AssertEqual(result, 0, 7);
        Assert.True(result.Result);
        Assert.Equal(Enumerable.Range(1, 7).Where(step => evaluate.Length > 0 && (step == 7 || step % recipe.Run.EvaluateEvery == 0)).Select(step => (long)step), result.Evaluations);
        AssertEqual(Replay.Run(options with { From = 5, To = 7 }, TestContext.Current.CancellationToken), 3, 7);
        string left = Path.Combine(folder.File("run"), recipe.Adapter is null ? "model" : "adapter", file);
        RecordedRun.Flip(left, new FileInfo(left).Length - 3);
        AssertDiffers(Replay.Run(options with { From = 7 }, TestContext.Current.CancellationToken), ReplayKind.Result, 7, file, "result");
        if (evaluate.Length == 0) return;
        RecordedRun.Rechain(folder.File("run"), entries: entry => [entry is TranscriptEvaluation { Step: 6 } e ? e with { Loss = Math.BitIncrement(e.Loss) } : entry]);
        AssertDiffers(Replay.Run(options with { From = 5, To = 6 }, TestContext.Current.CancellationToken), ReplayKind.Evaluation, 6, "evaluation loss", "held back");
        RecordedRun.Rechain(folder.File("run"), entries: entry => entry is TranscriptEvaluation { Step: 6 } ? [] : [entry]);
        AssertDiffers(Replay.Run(options with { From = 5, To = 6 }, TestContext.Current.CancellationToken), ReplayKind.Steps, 6, "evaluation", "a line less");
    }

    [Fact]
    public void AnotherVersionIsANote()
    {
        using TemporaryFolder folder = recorded.Copy();
        Directory.Delete(folder.File("run/checkpoints"), recursive: true);
        RecordedRun.Rechain(folder.File("run"), header => header with { Code = "0.0.1-old" });
        ReplayResult result = Run(folder, 1, 2);
        AssertEqual(result, 0, 2);
        Assert.Contains("0.0.1-old", Assert.Single(result.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsMissingIsNamedWithItsOption()
    {
        using TemporaryFolder folder = recorded.Copy();
        // Model and data lie beside the run.
        AssertEqual(Replay.Run(new ReplayOptions(folder.File("run/transcript.jsonl")) { To = 1 }, TestContext.Current.CancellationToken), 0, 1);
        File.Move(folder.File("data.jsonl"), folder.File("other.jsonl"));
        AssertMissing("data.jsonl", "--data");
        Directory.Move(folder.File("model"), folder.File("elsewhere"));
        AssertMissing("model", "--model");
        AssertThrows("--data has 2 files", new ReplayOptions(folder.File("run")) { Model = folder.File("elsewhere"), Data = ["a", "b"] });
        AssertThrows("cannot be read", new ReplayOptions(folder.File("run")) { Model = folder.File("elsewhere"), Data = ["a"] });
        AssertThrows("it has 1 to 12", new ReplayOptions(folder.File("run")) { From = 13 });
        AssertThrows("cannot be read", new ReplayOptions(folder.File("nothing")));
        // A name that leads elsewhere is not followed.
        RecordedRun.Rechain(folder.File("run"), header =>
        {
            Recipe recipe = Recipe.Parse(header.Recipe.Replace("model: \"model\"", "model: \"run/../elsewhere\"", StringComparison.Ordinal));
            return header with { Recipe = recipe.ToCanonicalYaml(), RecipeDigest = recipe.Digest };
        });
        AssertMissing("run/../elsewhere", "--model");

        void AssertMissing(string name, string option)
        {
            PoiseException error = Assert.Throws<PoiseException>(() => Replay.Run(new ReplayOptions(folder.File("run")), TestContext.Current.CancellationToken));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
            Assert.Contains(option, error.Message, StringComparison.Ordinal);
        }

        static void AssertThrows(string part, ReplayOptions options) => Assert.Contains(part, Assert.Throws<PoiseException>(() => Replay.Run(options, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AReplayThatIsStoppedTellsHowFarItCame()
    {
        using TemporaryFolder folder = recorded.Copy();
        using var source = new CancellationTokenSource();
        ReplayResult result = Replay.Run(new ReplayOptions(folder.File("run"))
        {
            Model = folder.File("model"),
            Data = [folder.File("data.jsonl")],
            Progress = (what, done, _) => { if (what.StartsWith("computing", StringComparison.Ordinal) && done == 4) source.Cancel(); },
        }, source.Token);
        Assert.False(result.IsComplete);
        Assert.Null(result.Finding);
        Assert.InRange(result.Reached, 4, 5);
    }

    ReplayResult Run(TemporaryFolder folder, long from = 0, long to = 0, int threads = 2) => Replay.Run(new ReplayOptions(folder.File("run"))
    {
        From = from,
        To = to,
        Threads = threads,
        Model = folder.File("model"),
        Data = [folder.File("data.jsonl")],
    }, TestContext.Current.CancellationToken);

    static void AssertEqual(ReplayResult result, long start, long reached)
    {
        Assert.True(result.Finding is null, result.Finding?.ToString());
        Assert.True(result.IsComplete);
        Assert.Equal((start, reached), (result.Start, result.Reached));
    }

    static ReplayFinding AssertDiffers(ReplayResult result, ReplayKind kind, long step, string what, string meaning)
    {
        Assert.NotNull(result.Finding);
        Assert.True((kind, step, what) == (result.Finding.Kind, result.Finding.Step, result.Finding.What), result.Finding.ToString());
        Assert.Contains(meaning, result.Finding.Meaning, StringComparison.Ordinal);
        return result.Finding;
    }
}
