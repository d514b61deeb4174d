namespace Poise.Core.Generation;

/// <summary>
/// Says what tokens may come next in one sequence: a grammar, a schema. Each sequence has its own, made by
/// <see cref="GenerationOptions.Mask"/>, and calls it from one thread at a time.
/// </summary>
public interface ITokenMask
{
    /// <summary>
    /// Sets the bit of every id that may come next: id in bit id mod 64 of word id / 64. The words come cleared; bits beyond
    /// the vocabulary are ignored. An ending must be allowed like any token. Returns false where any token may come; the words do not count then.
    /// </summary>
    bool TryFill(Span<ulong> allowed);

    /// <summary>The sequence has taken this id, which may be one that ends it.</summary>
    void Accept(int id);
}
