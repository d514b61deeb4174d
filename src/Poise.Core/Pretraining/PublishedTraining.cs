using Poise.Core.Training.Learning;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors.Formats;

namespace Poise.Core.Pretraining;

/// <summary>
/// What was published of a training, in a folder: the recipe NAME.yaml, digests.json, a transcript of every run (RUN.jsonl), the weights that runs
/// but the last ended with (RUN.safetensors), and the artefact NAME.gguf.
/// </summary>
sealed class PublishedTraining
{
    readonly string _folder;
    readonly Dictionary<string, Dictionary<long, TranscriptStep>> _steps = new(StringComparer.Ordinal);

    /// <param name="name">Of the model.</param>
    public PublishedTraining(string folder, string name)
    {
        _folder = folder;
        Recipe = PretrainingRecipe.Load(Path.Combine(folder, $"{name}.yaml"));
        Digests = StageDigests.Read(folder) ?? throw new Tensors.PoiseException($"{folder} has no {StageDigests.FileName}: nothing was published to compare with.");
    }

    public PretrainingRecipe Recipe { get; }

    public StageDigests Digests { get; }

    public string Artefact => ArtefactIn(_folder, Recipe);

    public string TranscriptOf(string run) => TranscriptIn(_folder, run);

    public string WeightsOf(string run) => WeightsIn(_folder, run);

    /// <summary>Of a folder that something is published in, or a training's own.</summary>
    public static string ArtefactIn(string folder, PretrainingRecipe recipe) => Path.Combine(folder, $"{recipe.Name}.gguf");

    static string TranscriptIn(string folder, string run) => Path.Combine(folder, $"{run}.jsonl");

    static string WeightsIn(string folder, string run) => Path.Combine(folder, $"{run}.safetensors");

    /// <summary>The first file in the folder that is not the one that was published; null where all are.</summary>
    public TrainingDifference? Damage()
    {
        if (Recipe.Digest != Digests.Recipe) return new TrainingDifference("recipe", 0, "the published recipe's digest", Digests.Recipe, Recipe.Digest);
        IEnumerable<(string Stage, string Path)> files = [.. Recipe.Training.SkipLast(1).Select(stage => (stage.Name, WeightsOf(stage.Name))), (PretrainingRun.Artefact, Artefact)];
        foreach ((string stage, string path) in files)
            if (FileDigest.Of(path) is var digest && digest != Digests.Find(stage)) return new TrainingDifference(stage, 0, $"the SHA-256 of the published {Path.GetFileName(path)}", Digests.Find(stage) ?? "nothing", digest);
        return null;
    }

    /// <summary>Puts what a training made into a folder that has its recipe.</summary>
    public static void Write(PretrainingRecipe recipe, string training, string folder)
    {
        foreach (TrainingStage stage in recipe.Training) AtomicFile.Copy(Path.Combine(training, stage.Name, RunFolder.Transcript), TranscriptIn(folder, stage.Name));
        foreach (TrainingStage stage in recipe.Training.SkipLast(1))
            AtomicFile.Copy(Path.Combine(training, stage.Name, ModelLearner.Folder, InitialModel.WeightsFile), WeightsIn(folder, stage.Name));
        AtomicFile.Copy(ArtefactIn(training, recipe), ArtefactIn(folder, recipe));
        StageDigests.Read(training)!.Write(folder);
    }

    /// <summary>The line of a step; null where the run had none of that number.</summary>
    public TranscriptStep? Step(string run, long step)
    {
        if (!_steps.TryGetValue(run, out Dictionary<long, TranscriptStep>? steps)) _steps[run] = steps = Transcript.Read(TranscriptOf(run)).Steps.ToDictionary(s => s.Step);
        return steps.GetValueOrDefault(step);
    }
}
