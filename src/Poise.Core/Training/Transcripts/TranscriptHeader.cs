namespace Poise.Core.Training.Transcripts;

/// <summary>What a run starts from: with the files that it names, enough to run it again.</summary>
/// <param name="Recipe">Its canonical text.</param>
/// <param name="RecipeDigest">SHA-256 of that text.</param>
/// <param name="Code">The version of Poise, as <see cref="CodeVersion"/> gives it.</param>
/// <param name="Base">Digest of the model's weights.</param>
/// <param name="Tokenizer">Digest of its tokenizer.</param>
/// <param name="Data">Each file with the digest of its bytes, in the order of the recipe.</param>
/// <param name="Seed">Of the order of the data.</param>
/// <param name="InitialWeights">Digest of the trained values before the first step.</param>
public sealed record TranscriptHeader(
    string Recipe, string RecipeDigest, string Code, string Base, string Tokenizer, IReadOnlyList<TranscriptFile> Data, long Seed, string InitialWeights);

/// <summary>A file of data and the SHA-256 of its bytes.</summary>
public sealed record TranscriptFile(string Name, string Digest);
