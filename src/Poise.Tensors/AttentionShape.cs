namespace Poise.Tensors;

/// <summary>The numbers of an attention layer in training.</summary>
/// <param name="KeySize">Elements of a query and of a key.</param>
/// <param name="ValueSize">Elements of a value.</param>
/// <param name="Window">Visible keys including the own one, or 0 for all.</param>
/// <param name="Cap">Scores become cap tanh(score / cap); 0 for none.</param>
public sealed record AttentionShape(int Heads, int KeyValueHeads, int KeySize, int ValueSize, float Scale, int Window = 0, float Cap = 0)
{
    internal int Group => Heads / KeyValueHeads;
}
