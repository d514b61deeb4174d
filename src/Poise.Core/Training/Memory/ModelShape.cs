namespace Poise.Core.Training.Memory;

/// <summary>The sizes of an architecture that decide what a training pass keeps.</summary>
/// <param name="Intermediate">Width of a feed-forward network, of one expert where there are experts.</param>
/// <param name="Experts">0 without a mixture.</param>
/// <param name="ExpertsPerToken">1 without a mixture.</param>
/// <param name="Gated">Two matrices lead into the feed-forward network, a gate and a value; GPT-2 has one.</param>
public sealed record ModelShape(int Layers, int Hidden, int QueryHeads, int KeyValueHeads, int HeadSize, int Intermediate, int Vocabulary,
    int Experts = 0, int ExpertsPerToken = 1, bool Gated = true);
