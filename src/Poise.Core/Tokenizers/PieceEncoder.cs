namespace Poise.Core.Tokenizers;

/// <summary>The algorithm that turns one piece of normalised text into ids. Thread-safe.</summary>
abstract class PieceEncoder
{
    /// <summary>See <see cref="Tokenizer.Kind"/>.</summary>
    public abstract string Kind { get; }

    /// <summary>Ids of a piece of well-formed UTF-8 that is not empty.</summary>
    public abstract void Encode(ReadOnlySpan<byte> piece, IdList ids);

    /// <summary>The id of an ordinary token by its bytes, or -1.</summary>
    public abstract int Find(ReadOnlySpan<byte> bytes);
}
