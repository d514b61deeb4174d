namespace Poise.Core.Generation;

/// <summary>The sampler of one sequence.</summary>
public sealed class SequenceSampler(GenerationOptions options, ReadOnlyMemory<int> prompt)
{
    int _position = prompt.Length;

    public TokenChoice Next(ReadOnlySpan<float> logits) => new(Sampler.Choose(logits, options, _position++));
}
