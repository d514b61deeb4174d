namespace Poise.Core.Layers;

/// <summary>
/// Chooses experts for one token by the logits of its router. <paramref name="experts"/> and <paramref name="weights"/> [k] come
/// out in ascending order of expert index, the order in which contributions are added.
/// </summary>
public delegate void ExpertChoice(ReadOnlySpan<float> logits, Span<int> experts, Span<float> weights);
