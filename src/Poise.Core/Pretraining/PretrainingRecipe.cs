using System.Security.Cryptography;
using System.Text;
using Poise.Core.Models;
using Poise.Core.Training.Recipes;
using Poise.Tensors;

namespace Poise.Core.Pretraining;

/// <summary>Everything that decides every bit of a model that is trained from nothing. recipes/README.md describes the YAML.</summary>
/// <param name="Name">Of the model, and of its file.</param>
/// <param name="Training">The runs in their order; each goes on from the model that the one before made.</param>
/// <param name="ArtefactType">Of the matrices of the artefact that are no experts; those are MXFP4.</param>
sealed record PretrainingRecipe(string Name, CorpusPlan Corpus, TokenizerPlan Tokenizer, GptOssConfig Model, InitialPlan Initial, IReadOnlyList<TrainingStage> Training, TensorType ArtefactType)
{
    /// <summary>The only version of the format that there is.</summary>
    public const int Version = 1;

    /// <summary>SHA-256 of what the settings say, in hexadecimal; it does not depend on how they are written.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical)));

    string Canonical => FormattableString.Invariant($"""
        pretraining {Version}
        name {Name}
        corpus {Corpus.Generator} {Corpus.Seed} {Corpus.Conversations}
        tokenizer {Tokenizer.Vocabulary} {Tokenizer.Split}
        model {Model.HiddenSize} {Model.Layers} {Model.Heads} {Model.KeyValueHeads} {Model.HeadSize} {Model.ExpertCount} {Model.ExpertsPerToken} {Model.IntermediateSize} {Model.Windows[0]} {Model.ContextLength} {Model.RopeBase:R}
        initial {Initial.Seed} {Initial.Deviation:R}{(Initial.Induction ? " induction" : "")}
        training {string.Join(' ', Training.Select(stage => $"{stage.Name} {stage.Recipe.Digest}"))}
        artefact {ArtefactType}
        """).ReplaceLineEndings("\n");

    /// <summary>Whether a file is such a recipe, and not that of a run alone.</summary>
    public static bool Is(string path) => File.ReadLines(path).Any(line => line.StartsWith("pretraining:", StringComparison.Ordinal));

    /// <param name="path">The file; recipes of its runs lie beside it.</param>
    public static PretrainingRecipe Load(string path)
    {
        try
        {
            return PretrainingRecipeReader.Read(File.ReadAllText(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"The recipe {path} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A corpus that code writes.</summary>
/// <param name="Generator">A name of <see cref="CorpusGenerators"/>.</param>
sealed record CorpusPlan(string Generator, long Seed, int Conversations);

/// <summary>A byte-level vocabulary with harmony's special tokens, trained on the corpus.</summary>
sealed record TokenizerPlan(int Vocabulary, string Split);

/// <summary>Where the weights begin: normal numbers of this deviation, smaller for what is added to the residual stream.</summary>
/// <param name="Induction">Whether copying is laid out in them: see <see cref="InductionHeads"/>.</param>
sealed record InitialPlan(long Seed, double Deviation, bool Induction);

/// <summary>A run of training all weights.</summary>
/// <param name="Name">Of its folder.</param>
sealed record TrainingStage(string Name, Recipe Recipe);
