namespace Poise.Tensors.Matrices;

/// <summary>What a <see cref="MatrixStreamer"/> has done since the model was opened.</summary>
/// <param name="Groups">Groups of matrices, say experts of all layers.</param>
/// <param name="Kept">How many of them are in memory now.</param>
/// <param name="KeptBytes">Bytes that those take.</param>
/// <param name="Uses">How often a group was asked for.</param>
/// <param name="Hits">How often it was in memory already.</param>
/// <param name="ReadBytes">Bytes asked of the file, whether they came from the disk or from the system's cache.</param>
public readonly record struct StreamingStatistics(int Groups, int Kept, long KeptBytes, long Uses, long Hits, long ReadBytes);
