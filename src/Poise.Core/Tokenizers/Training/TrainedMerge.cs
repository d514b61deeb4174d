namespace Poise.Core.Tokenizers.Training;

/// <summary>One step of the training.</summary>
/// <param name="Left">The id on the left.</param>
/// <param name="Right">The id on the right.</param>
/// <param name="Id">What they become.</param>
/// <param name="Occurrences">How often the pair stood in the text at this step.</param>
public readonly record struct TrainedMerge(int Left, int Right, int Id, long Occurrences);
