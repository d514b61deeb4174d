namespace Poise.Core.Pretraining;

/// <summary>What a stage of a training made.</summary>
/// <param name="Name">corpus, tokenizer, initial, the name of a run, or artefact.</param>
/// <param name="Sha256">Of its file, in hexadecimal.</param>
sealed record StageDigest(string Name, string Sha256);
