namespace Poise.Core.Models;

/// <summary>What every decoder has, whatever its family. Sizes are counts of elements; ranges were checked when it was read.</summary>
public abstract record ModelConfig
{
    /// <summary>The architecture's name as <c>Architectures</c> lists it, for example <c>gpt-oss</c>.</summary>
    public abstract string Architecture { get; }

    public required int Layers { get; init; }
    public required int HiddenSize { get; init; }
    public required int VocabularySize { get; init; }

    /// <summary>The longest sequence in tokens.</summary>
    public required int ContextLength { get; init; }

    public required int Heads { get; init; }
    public required int KeyValueHeads { get; init; }
    public required int HeadSize { get; init; }

    /// <summary>Elements of a head's value, where they are not as many as its key has.</summary>
    public virtual int ValueSize => HeadSize;

    /// <summary>Keys that a query of this layer sees, itself included; 0 where it sees all.</summary>
    public virtual int WindowOf(int layer) => 0;

    /// <summary>Experts of a layer and experts in use per token; 0 for dense models.</summary>
    public virtual int Experts => 0;

    public virtual int ActiveExperts => 0;

    /// <summary>Bytes of the KV cache for one sequence of <paramref name="context"/> tokens: windowed layers hold the window, not the context.</summary>
    public long KeyValueBytes(int context, int bytesPerElement = 2)
    {
        long total = 0;
        for (int layer = 0; layer < Layers; layer++)
        {
            int window = WindowOf(layer);
            long positions = window > 0 ? Math.Min(window, context) : context;
            total = checked(total + positions * KeyValueHeads * ((long)HeadSize + ValueSize) * bytesPerElement);
        }
        return total;
    }
}
