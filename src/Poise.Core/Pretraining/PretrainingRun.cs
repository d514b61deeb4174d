using System.Diagnostics;
using Poise.Core.Nano;
using Poise.Core.Tokenizers.Training;
using Poise.Core.Training.Data;
using Poise.Core.Training.Learning;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Pretraining;

/// <summary>
/// Trains a model from nothing in a folder of its own: corpus.jsonl, tokenizer, initial, a run's folder each, NAME.gguf, and digests.json, which says what
/// is done. A folder that holds the beginning of the same training is gone on from, to the same bits.
/// </summary>
/// <param name="threads">0 for one a processor.</param>
sealed class PretrainingRun(PretrainingRecipe recipe, string folder, int threads, IPretrainingView view)
{
    public const string Corpus = "corpus", Tokenizer = "tokenizer", Initial = "initial", Artefact = "artefact";

    const string CorpusFile = "corpus.jsonl";

    StageDigests _record = new(recipe.Digest, []);

    /// <summary>What to compare with on the way; null to compare nothing.</summary>
    public PublishedTraining? Published { get; init; }

    /// <summary>
    /// So many steps of each run, runs after the first from the published weights, and no artefact; 0 for everything.
    /// </summary>
    public int Segment { get; init; }

    /// <summary>The first difference from <see cref="Published"/>, at which <see cref="Run"/> ends.</summary>
    public TrainingDifference? Difference { get; private set; }

    /// <summary>What the folder has, of this process or an earlier one.</summary>
    public IReadOnlyList<StageDigest> Done => _record.Stages;

    public string ArtefactPath => PublishedTraining.ArtefactIn(folder, recipe);

    /// <summary>Runs to the end, to the first difference, or to a cancellation, which leaves what was done. Returns whether it came to the end.</summary>
    public bool Run(CancellationToken cancellation = default)
    {
        Begin();
        string corpus = Path.Combine(folder, CorpusFile), tokenizer = Path.Combine(folder, Tokenizer), initial = Path.Combine(folder, Initial);
        if (!Stage(Corpus, corpus, () => WriteCorpus(corpus, cancellation))) return false;
        if (!Stage(Tokenizer, Path.Combine(tokenizer, TokenizerFiles.Main), () => TrainTokenizer(corpus, tokenizer, cancellation))) return false;
        if (!Stage(Initial, Path.Combine(initial, InitialModel.WeightsFile), () => WriteInitial(tokenizer, initial))) return false;
        return Segment > 0 ? Segments(initial, corpus, cancellation) : Whole(initial, corpus, cancellation);
    }

    bool Whole(string model, string corpus, CancellationToken cancellation)
    {
        foreach (TrainingStage stage in recipe.Training)
        {
            string before = model, run = Path.Combine(folder, stage.Name), result = Path.Combine(run, ModelLearner.Folder);
            if (!Stage(stage.Name, Path.Combine(result, InitialModel.WeightsFile), () => Train(stage, before, corpus, run, cancellation))) return false;
            model = result;
        }

        return Stage(Artefact, ArtefactPath, () => GgufArtefact.Write(recipe, model, ArtefactPath));
    }

    bool Segments(string initial, string corpus, CancellationToken cancellation)
    {
        string model = initial;
        foreach (TrainingStage stage in recipe.Training)
        {
            view.Begin(stage.Name);
            Train(stage, model, corpus, Path.Combine(folder, stage.Name), cancellation);
            if (Difference is not null || cancellation.IsCancellationRequested) return false;
            if (stage != recipe.Training[^1]) model = PublishedModel(stage.Name, initial);
        }

        return true;
    }

    void Begin()
    {
        if (File.Exists(folder)) throw new PoiseException($"{folder} is a file; a training needs a folder of its own.");
        Directory.CreateDirectory(folder);
        AtomicFile.DeleteLeftovers(folder);
        AtomicFolder.DeleteLeftovers(folder);
        if (StageDigests.Read(folder) is not { } before)
        {
            if (Directory.EnumerateFileSystemEntries(folder).Any()) throw new PoiseException($"{folder} holds other things; a training needs a folder of its own. Name one that does not exist yet.");
            _record.Write(folder);
            return;
        }

        if (before.Recipe != recipe.Digest) throw new PoiseException($"{folder} holds a training by another recipe ({before.Recipe[..12]}…, this one is {recipe.Digest[..12]}…). Choose another folder.");
        _record = before;
    }

    /// <summary>Makes what a stage makes, unless it is there; returns whether to go on.</summary>
    bool Stage(string name, string file, Action make)
    {
        string? known = _record.Find(name);
        long started = Stopwatch.GetTimestamp();
        view.Begin(name);
        if (known is null || !File.Exists(file)) make();
        if (Difference is not null || !File.Exists(file)) return false;
        string digest = FileDigest.Of(file);
        var stage = new StageDigest(name, digest);
        if (Published?.Digests.Find(name) is { } published && published != digest) Difference = FirstDifference(name, published, digest);
        else if (known is not null && known != digest)
            throw new PoiseException($"{file} was changed after it was made (SHA-256 {digest}, and {known} then). Remove it, and it is made again.");
        if (Difference is not null) return false;
        if (known is null) (_record = _record with { Stages = [.. _record.Stages, stage] }).Write(folder);
        view.End(stage, Stopwatch.GetElapsedTime(started), known is not null);
        return true;
    }

    // Where a run's result differs, so does a step of its transcript, unless the result was changed afterwards.
    TrainingDifference FirstDifference(string name, string published, string digest)
    {
        string transcript = Path.Combine(folder, name, RunFolder.Transcript);
        if (recipe.Training.Any(stage => stage.Name == name) && File.Exists(transcript) && Compare(name, transcript) is { } step) return step;
        return new TrainingDifference(name, 0, "SHA-256", published, digest);
    }

    TrainingDifference? Compare(string run, string transcript)
    {
        foreach (TranscriptStep step in Transcript.Read(transcript).Steps)
            if (Compare(run, step) is { } difference) return difference;
        return null;
    }

    TrainingDifference? Compare(string run, TranscriptStep step)
    {
        if (Published?.Step(run, step.Step) is not { } published) return Published is null ? null : new TrainingDifference(run, step.Step, "step", "none", "one");
        return TranscriptDifference.Find(published, step) is { } found ? new TrainingDifference(run, step.Step, found.Field, found.Left, found.Right) : null;
    }

    void WriteCorpus(string path, CancellationToken cancellation) => AtomicFile.Write(path, stream =>
        NanoCorpusFile.Write(stream, CorpusGenerators.Samples(recipe.Corpus), written: done => view.Progress(Corpus, done, recipe.Corpus.Conversations), cancellation: cancellation));

    void TrainTokenizer(string corpus, string path, CancellationToken cancellation)
    {
        if (Directory.Exists(path)) AtomicFolder.Delete(path);
        var options = new TokenizerTrainingOptions { VocabularySize = recipe.Tokenizer.Vocabulary, SpecialTokens = HarmonyTokens.All, Split = recipe.Tokenizer.Split, Threads = threads };
        TrainedTokenizer trained = TokenizerTrainer.Train(new TrainingTexts([corpus], harmony: true).Batches(), options, (done, total) => view.Progress(Tokenizer, done, total), cancellation);
        if (trained.Tokens.Count != recipe.Tokenizer.Vocabulary)
            throw new PoiseException($"The corpus gives {trained.Tokens.Count:N0} tokens, and the recipe asks for {recipe.Tokenizer.Vocabulary:N0}. Lower tokenizer.vocabulary, or write a larger corpus.");
        TokenizerFiles.Write(trained, path);
    }

    void WriteInitial(string tokenizer, string path)
    {
        if (Directory.Exists(path)) AtomicFolder.Delete(path);
        InitialModel.Write(recipe.Model, recipe.Initial, tokenizer, path);
    }

    // The weights that were published, in a folder with everything else that a model has.
    string PublishedModel(string run, string initial)
    {
        string path = Path.Combine(folder, $"{run}-published");
        if (Directory.Exists(path)) return path;
        using var copy = new AtomicFolder(path);
        foreach (string file in Directory.EnumerateFiles(initial))
            AtomicFile.Copy(Path.GetFileName(file) == InitialModel.WeightsFile ? Published!.WeightsOf(run) : file, Path.Combine(copy.TemporaryPath, Path.GetFileName(file)));
        copy.Commit();
        return path;
    }

    void Train(TrainingStage stage, string model, string corpus, string path, CancellationToken cancellation)
    {
        // What an earlier process did.
        string transcript = Path.Combine(path, RunFolder.Transcript);
        if (Published is not null && File.Exists(transcript)) Difference = Compare(stage.Name, transcript);
        if (Difference is not null) return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var run = new FineTuneRun(stage.Recipe, model, [corpus], path, threads)
        {
            Warn = view.Note,
            Stepped = entry =>
            {
                Difference ??= Compare(stage.Name, entry);
                if (Difference is not null || (Segment > 0 && entry.Step >= Segment)) stop.Cancel();
            },
        };
        view.Run(stage.Name, run);
        run.Run(metrics => view.Step(stage.Name, metrics), stop.Token);
    }
}
