using Poise.Core.Layers;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>A decoder with its weights loaded. Read-only: any number of sequences may share it; forward passes from several threads follow one another.</summary>
public abstract class Model : IDisposable
{
    public abstract ModelConfig Config { get; }

    /// <summary>Creates the state of one sequence of at most <paramref name="context"/> tokens.</summary>
    public Sequence CreateSequence(int context) => CreateSequence(context, null);

    /// <summary>The same for one that an adapter acts on; null for none.</summary>
    public abstract Sequence CreateSequence(int context, LoadedAdapter? adapter);

    /// <summary>
    /// Runs the tokens of each segment after what its sequence already holds. Segments are independent: a segment's results are
    /// the same bits whatever else is in the batch and however the tokens are cut into segments over calls.
    /// </summary>
    /// <param name="logits">[rows, vocabulary]: for each segment in order one row for each of its last <see cref="Segment.LogitRows"/> tokens.</param>
    /// <param name="hidden">Optional: called with (layer 0..Layers, [tokens, hidden]) — 0 is what enters the first block, k what leaves block k.</param>
    /// <param name="abandon">Optional: asked before each layer; when it says true, the pass ends with an <see cref="OperationCanceledException"/>
    /// and its tokens count as not appended.</param>
    public abstract void Forward(ReadOnlySpan<Segment> batch, Span<float> logits, HiddenStateObserver? hidden = null, Func<bool>? abandon = null);

    /// <summary>Appends tokens to a sequence and gives the state of each after the final norm: what logits, or embeddings, are made of.</summary>
    /// <param name="states">[tokens, hidden size].</param>
    public abstract void FinalStates(Sequence sequence, ReadOnlyMemory<int> tokens, Span<float> states);

    /// <summary>Ends when the weights are where they run fastest; the model answers before, too. See <see cref="LoadOptions.Background"/>.</summary>
    public abstract Task Prepared { get; }

    /// <summary>How experts that do not all fit into memory have fared; null where the weights are placed otherwise.</summary>
    public virtual StreamingStatistics? Streaming => null;

    /// <summary>Begins what <see cref="Prepared"/> waits for.</summary>
    internal abstract void Prepare();

    /// <summary>Ends work in the background, before anything is freed.</summary>
    private protected abstract void Quiesce();

    public void Dispose()
    {
        Quiesce();
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>Sees the hidden state after a layer. <paramref name="states"/> [tokens of the batch, hidden size].</summary>
public delegate void HiddenStateObserver(int layer, ReadOnlySpan<float> states);

/// <summary>The KV cache of one sequence.</summary>
public abstract class Sequence : IDisposable
{
    /// <summary>Tokens that it holds: the position of the next one.</summary>
    public abstract int Length { get; }

    /// <summary>The most tokens that it can hold.</summary>
    public abstract int Capacity { get; }

    /// <summary>What acts on this sequence, from its first token on; null for the model as it is.</summary>
    public LoadedAdapter? Adapter { get; init; }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>Tokens to append to one sequence in one forward pass.</summary>
/// <param name="LogitRows">How many of the last tokens want logits: 0, the usual 1, up to all.</param>
public readonly record struct Segment(Sequence Sequence, ReadOnlyMemory<int> Tokens, int LogitRows = 1);
