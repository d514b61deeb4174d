using System.Security.Cryptography;
using System.Text;
using Poise.Core.Training.Optimizers;
using Poise.Tensors;

namespace Poise.Core.Training.Recipes;

/// <summary>
/// Everything that decides what a training run computes, but for the contents of the files that it names. recipes/README.md
/// describes the YAML; each property here is a setting there.
/// </summary>
/// <param name="Model">A name or path that the library knows.</param>
/// <param name="Adapter">Null for <see cref="TrainingMethod.Full"/>.</param>
/// <param name="Beta">DPO's; 0 with other methods.</param>
/// <param name="Experts">Of <see cref="TrainingMethod.Full"/>; null to let them learn as everything else.</param>
public sealed record Recipe(
    string Model,
    TrainingMethod Method,
    RecipeData Data,
    RecipeAdapter? Adapter,
    double Beta,
    OptimizerSettings Optimizer,
    double LearningRate,
    double MaxGradientNorm,
    ScheduleSettings Schedule,
    RecipeRun Run,
    RecipeExperts? Experts = null)
{
    /// <summary>The only version of the format that there is.</summary>
    public const int Version = 1;

    public static Recipe Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"The recipe {path} cannot be read: {e.Message}", e);
        }
    }

    /// <param name="name">Of the file, for messages.</param>
    public static Recipe Parse(string yaml, string name = "recipe") => RecipeReader.Read(yaml, name);

    /// <summary>The recipe in one fixed spelling, every default written out; it reads back as the same recipe.</summary>
    public string ToCanonicalYaml() => RecipeWriter.Write(this);

    /// <summary>SHA-256 of the canonical text, in hexadecimal: the same for recipes that mean the same.</summary>
    public string Digest => DigestOf(ToCanonicalYaml());

    /// <summary>Of a canonical text.</summary>
    internal static string DigestOf(string canonical) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
}
