using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Pretraining;
using Poise.Core.Training;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Recipes;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Tests.Pretraining;

/// <summary>A model from nothing: the same bits however it is made, and whatever differs is named.</summary>
public sealed class PretrainingTests : IDisposable
{
    static readonly string[] s_stages = ["corpus", "tokenizer", "initial", "learn", "finish", "artefact"];

    readonly PretrainingFixture _fixture = new();

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void TheSameBitsOnAnyThreadsAndInterrupted()
    {
        PretrainingRun two = _fixture.Train("two", threads: 2), one = _fixture.Train("one", threads: 1);
        Assert.True(two.Run(Cancellation));
        Assert.Equal(s_stages, two.Done.Select(stage => stage.Name));
        Assert.True(one.Run(Cancellation));
        Assert.Equal(two.Done, one.Done);

        foreach ((string stage, long step) in ((string, long)[])[("learn", 1), ("learn", 4), ("finish", 2)])
        {
            using var stop = new CancellationTokenSource();
            _fixture.View.Stepped = (s, n) =>
            {
                if (s == stage && n == step) stop.Cancel();
            };
            Assert.False(_fixture.Train("torn").Run(stop.Token));
        }

        _fixture.View.Stepped = null;
        _fixture.View.Ended.Clear();
        PretrainingRun torn = _fixture.Train("torn");
        Assert.True(torn.Run(Cancellation));
        Assert.Equal(two.Done, torn.Done);
        Assert.Equal(s_stages.Select(s => (s, s is "corpus" or "tokenizer" or "initial" or "learn")), _fixture.View.Ended);
    }

    [Fact]
    public void WhatWasMadeAndNotWrittenDownIsMadeAgain()
    {
        PretrainingRun run = _fixture.Train("run");
        Assert.True(run.Run(Cancellation));
        string folder = _fixture.File("run");
        StageDigests record = StageDigests.Read(folder)!;
        (record with { Stages = [.. record.Stages.Take(1)] }).Write(folder);
        _fixture.View.Ended.Clear();
        PretrainingRun again = _fixture.Train("run");
        Assert.True(again.Run(Cancellation));
        Assert.Equal(run.Done, again.Done);
        Assert.Equal(s_stages.Select(s => (s, s == "corpus")), _fixture.View.Ended);
        Assert.Equal(record.Stages, StageDigests.Read(folder)!.Stages);
    }

    [Fact]
    public void TheArtefactIsTheModel()
    {
        PretrainingRun run = _fixture.Train("run");
        Assert.True(run.Run(Cancellation));
        using ModelPackage folder = ModelPackage.Open(Path.Combine(_fixture.File("run"), "finish", "model")), artefact = ModelPackage.Open(run.ArtefactPath);
        Assert.Equal(folder.Config, artefact.Config);
        Assert.Equal(TensorType.MXFP4, artefact.Checkpoint.Get("blk.1.ffn_down_exps.weight").Type);
        const string text = "Bonjour! How is 12 + 30 in <|start|>?";
        Assert.Equal(folder.Tokenizer.Encode(text), artefact.Tokenizer.Encode(text));
        Assert.Equal(folder.StopIds, artefact.StopIds);

        // With everything else in F32 it is what the last run computed with.
        string exact = _fixture.File("exact.gguf");
        GgufArtefact.Write(_fixture.Recipe with { ArtefactType = TensorType.F32 }, folder.Path, exact);
        using ModelPackage floats = ModelPackage.Open(exact);
        int[] ids = [.. floats.Tokenizer.Encode("Tell me a story about a fox and a boat.")];
        float[] logits = Logits(floats, ids), trained = new float[ids.Length - 1];
        using (TrainingModel model = TrainingModels.Load(JsonConfig.Read(Path.Combine(folder.Path, "config.json")), folder.Checkpoint, _ => true, AdapterChanges.None, new RecipeExperts(0, RecipeExperts.Mxfp4)))
        using (var tape = new Tape(2) { Gradients = false })
        {
            Node found = model.LogProbabilities(tape, new TrainingBatch(ids, ids, [0]));
            found.Value.All[..trained.Length].CopyTo(trained);
        }

        int vocabulary = floats.Config.VocabularySize;
        for (int t = 0; t < trained.Length; t++)
        {
            float[] row = logits[(t * vocabulary)..((t + 1) * vocabulary)];
            Assert.Equal(row[ids[t + 1]] - Math.Log(row.Sum(x => Math.Exp(x))), trained[t], 1e-4);
        }

        Assert.Equal(logits.Length, Logits(artefact, ids).Length);
    }

    [Fact]
    public void AnotherTrainingOfTheSameIsAsPublished()
    {
        Assert.True(_fixture.Train("run").Run(Cancellation));
        PublishedTraining published = _fixture.Publish("run", "published");
        PretrainingRun again = _fixture.Train("again", threads: 1, published), segment = _fixture.Train("segment", published: published, segment: 2);
        Assert.True(again.Run(Cancellation));
        Assert.Null(again.Difference);
        Assert.True(segment.Run(Cancellation));
        Assert.Null(segment.Difference);
        Assert.False(File.Exists(segment.ArtefactPath));
        Assert.Null(published.Damage());
    }

    [Fact]
    public void WhatDiffersIsNamed()
    {
        Assert.True(_fixture.Train("run").Run(Cancellation));
        PublishedTraining published = _fixture.Publish("run", "published");

        // An edited corpus.
        string corpus = Path.Combine(_fixture.File("run"), "corpus.jsonl");
        string text = File.ReadAllText(corpus);
        File.WriteAllText(corpus, text.Replace("\"content\":\"", "\"content\":\" ", StringComparison.Ordinal));
        Assert.Equal("corpus", Found(_fixture.Train("run", published: published)).Stage);
        Assert.Contains("corpus.jsonl was changed", Assert.Throws<PoiseException>(() => _fixture.Train("run").Run(Cancellation)).Message, StringComparison.Ordinal);
        File.WriteAllText(corpus, text);

        // A result that is not what its transcript made.
        string weights = Path.Combine(_fixture.File("run"), "learn", "model", "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Equal(("learn", 0L), (Found(_fixture.Train("run", published: published)) is var result ? result.Stage : "", result.Step));

        // Another line in what was published: the chain breaks. Another computation: the step is named.
        _fixture.WriteRun("finish", steps: 4, "balance: 0.011, format: mxfp4");
        Assert.True(_fixture.Train("other").Run(Cancellation));
        _fixture.WriteRun("finish", steps: 4, "balance: 0.01, format: mxfp4");
        PublishedTraining mixed = _fixture.Publish("other", "mixed");
        TrainingDifference step = Found(_fixture.Train("fresh", published: mixed));
        Assert.Equal("finish", step.Stage);
        Assert.InRange(step.Step, 1, 4);
        Assert.NotEqual(step.Published, step.Here);

        // A damaged file that was published.
        byte[] artefact = File.ReadAllBytes(published.Artefact);
        artefact[artefact.Length / 2] ^= 1;
        File.WriteAllBytes(published.Artefact, artefact);
        TrainingDifference damage = Assert.IsType<TrainingDifference>(published.Damage());
        Assert.Equal("artefact", damage.Stage);
        Assert.Contains("small.gguf", damage.What, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderOfOtherThingsIsLeftAlone()
    {
        Directory.CreateDirectory(_fixture.File("mine"));
        File.WriteAllText(Path.Combine(_fixture.File("mine"), "letter.txt"), "dear");
        Assert.Contains("holds other things", Assert.Throws<PoiseException>(() => _fixture.Train("mine").Run(Cancellation)).Message, StringComparison.Ordinal);
        Assert.True(_fixture.Train("run").Run(Cancellation));
        _fixture.WriteRun("learn", steps: 7, "balance: 0.02");
        Assert.Contains("another recipe", Assert.Throws<PoiseException>(() => _fixture.Train("run").Run(Cancellation)).Message, StringComparison.Ordinal);
    }

    TrainingDifference Found(PretrainingRun run)
    {
        Assert.False(run.Run(Cancellation));
        return Assert.IsType<TrainingDifference>(run.Difference);
    }

    internal static float[] Logits(ModelPackage package, int[] ids)
    {
        using Model model = package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 2 });
        using Sequence sequence = model.CreateSequence(ids.Length);
        float[] logits = new float[ids.Length * package.Config.VocabularySize];
        model.Forward([new Segment(sequence, ids, ids.Length)], logits);
        return logits;
    }

    public void Dispose() => _fixture.Dispose();
}
