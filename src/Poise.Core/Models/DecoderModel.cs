using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Cache;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Core.Models;

/// <summary>
/// What every decoder does around its blocks: cuts a batch into passes, keeps positions, looks up embeddings, and computes
/// logits for the rows that want them. The blocks themselves are the architecture's file.
/// </summary>
public abstract class DecoderModel : Model
{
    internal const int MostPassRows = 1024;

    readonly FloatRows _x, _last;
    readonly Lock _pass = new();
    Func<bool>? _abandon;

    private protected DecoderModel(ModelConfig config, LoadOptions options, Runtime runtime)
    {
        Groups = new CacheGroups(config, half: options.Activations == ActivationPrecision.Int8);
        Runtime = runtime;
        _x = new FloatRows(config.HiddenSize);
        _last = new FloatRows(config.HiddenSize);
        Logits = new FloatRows(config.VocabularySize);
    }

    /// <summary>Makes a model whose weights are read from a checkpoint; what was begun is given back where that fails.</summary>
    private protected static TModel Load<TModel>(Checkpoint checkpoint, LoadOptions options, Func<WeightReader, Runtime, TModel> create)
        where TModel : DecoderModel
    {
        var runtime = new Runtime(options.Threads);
        try
        {
            return create(new WeightReader(checkpoint, options, runtime), runtime);
        }
        catch
        {
            runtime.Dispose();
            throw;
        }
    }

    /// <summary>How the layers share the pages of the KV cache.</summary>
    internal CacheGroups Groups { get; }

    private protected Runtime Runtime { get; }

    private protected FloatRows Logits { get; }

    /// <summary>
    /// Rows of one pass, which bound the activations' memory: more where a pass reads most experts from the disk, whatever the
    /// number of its rows. The cut changes no bit.
    /// </summary>
    internal int PassRows => Runtime.Streamer is null ? 256 : MostPassRows;

    public override Task Prepared => Runtime.Packing.Done;

    public override StreamingStatistics? Streaming => Runtime.Streamer?.Statistics;

    internal override void Prepare() => Runtime.Packing.Start();

    private protected override void Quiesce() => Runtime.Packing.Dispose();

    public override Sequence CreateSequence(int context, LoadedAdapter? adapter) => CreateSequence(context, adapter, null);

    /// <param name="pool">Pages shared with other sequences, laid out as <see cref="Groups"/> says; null for pages of its own.</param>
    internal DecoderSequence CreateSequence(int context, LoadedAdapter? adapter, KeyValuePagePool? pool)
    {
        if (adapter is not null && adapter.Model != this) throw new ArgumentException($"The adapter {adapter.Name} was loaded for another model.", nameof(adapter));
        if (context < 1 || context > Config.ContextLength)
            throw new PoiseException($"A context of {context} tokens is not possible: this model takes 1 to {Config.ContextLength}.");
        return new DecoderSequence(Groups, context, pool) { Adapter = adapter };
    }

    public sealed override void Forward(ReadOnlySpan<Segment> batch, Span<float> logits, HiddenStateObserver? hidden = null, Func<bool>? abandon = null)
    {
        lock (_pass)
        {
            _abandon = abandon;
            try
            {
                RunPasses(batch, logits, hidden);
            }
            finally
            {
                _abandon = null;
            }
        }
    }

    void RunPasses(ReadOnlySpan<Segment> batch, Span<float> logits, HiddenStateObserver? hidden)
    {
        Check(batch, logits.Length);
        var slices = new List<Slice>();
        int rows = 0, written = 0;
        foreach (Segment segment in batch)
        {
            var sequence = (DecoderSequence)segment.Sequence;
            int start = sequence.Length, length = segment.Tokens.Length, firstLogit = length - segment.LogitRows;
            for (int from = 0; from < length;)
            {
                int count = hidden is null ? Math.Min(length - from, PassRows - rows) : length;
                int end = from + count, wanted = Math.Max(0, end - Math.Max(from, firstLogit));
                slices.Add(new Slice(sequence, segment.Tokens.Slice(from, count), rows, start + from, wanted));
                rows += count;
                from = end;
                if (hidden is not null || rows < PassRows) continue;
                written += Pass(slices, rows, logits[(written * Config.VocabularySize)..], null);
                slices.Clear();
                rows = 0;
            }
        }

        if (rows > 0) Pass(slices, rows, logits[(written * Config.VocabularySize)..], hidden);
    }

    public sealed override void FinalStates(Sequence sequence, ReadOnlyMemory<int> tokens, Span<float> states)
    {
        int width = Config.HiddenSize;
        if (states.Length < (long)tokens.Length * width) throw new ArgumentException($"{tokens.Length} states do not fit.", nameof(states));
        lock (_pass)
        {
            for (int from = 0; from < tokens.Length; from += PassRows)
            {
                int count = Math.Min(PassRows, tokens.Length - from);
                RunPasses([new Segment(sequence, tokens.Slice(from, count), 0)], [], null);
                Norm(_x).All[..(count * width)].CopyTo(states[(from * width)..]);
            }
        }
    }

    int Pass(List<Slice> slices, int rows, Span<float> logits, HiddenStateObserver? hidden)
    {
        _x.Resize(rows);
        int[] positions = new int[rows];
        var adapters = new LoadedAdapter?[rows];
        int wanted = 0;
        foreach (Slice slice in slices)
        {
            ReadOnlySpan<int> tokens = slice.Tokens.Span;
            for (int t = 0; t < tokens.Length; t++)
            {
                positions[slice.FirstRow + t] = slice.Start + t;
                adapters[slice.FirstRow + t] = slice.Sequence.Adapter;
                Embed(tokens[t], slice.Start + t, slice.Sequence.Adapter, _x.Row(slice.FirstRow + t));
            }

            wanted += slice.LogitRows;
        }

        foreach (Slice slice in slices)
            if (!slice.Sequence.TryPrepare(slice.Tokens.Length)) throw new PoiseException("The KV cache is full: let answers finish, shorten them, or allow it more memory.");
        Runtime.Adapted.Set(adapters);
        hidden?.Invoke(0, _x.All);
        Blocks(_x, positions, slices, hidden);
        foreach (Slice slice in slices) slice.Sequence.Advance(slice.Tokens.Length);
        if (wanted == 0) return 0;
        _last.Resize(wanted);
        int row = 0;
        foreach (Slice slice in slices)
        {
            for (int t = slice.Tokens.Length - slice.LogitRows; t < slice.Tokens.Length; t++)
            {
                adapters[row] = slice.Sequence.Adapter;
                _x.Row(slice.FirstRow + t).CopyTo(_last.Row(row++));
            }
        }

        Runtime.Adapted.Set(adapters);
        Runtime.Product.Run(Runtime.Batch.Set(Norm(_last)), Output, Logits.Resize(wanted));
        Runtime.Adapted.Apply(Output, Runtime.Batch, Logits);
        if (LogitCap > 0) Operations.Cap(Runtime.Pool, Logits, LogitCap);
        Logits.All.CopyTo(logits);
        return wanted;
    }

    /// <summary>What enters the first block for one token.</summary>
    private protected abstract void Embed(int token, int position, LoadedAdapter? adapter, Span<float> x);

    /// <summary>The layers under their Hugging Face names: what an adapter may change.</summary>
    internal abstract void Describe(ModuleNames names);

    /// <summary>Lends the model's threads between two passes.</summary>
    internal void BetweenPasses(Action<ComputePool> work)
    {
        lock (_pass) work(Runtime.Pool);
    }

    /// <summary>The attention of one layer for all slices of a pass. <paramref name="qkv"/> [rows, queries | keys | values].</summary>
    private protected void Attend(List<Slice> slices, int layer, FloatRows qkv, float scale, float[]? sinks, FloatRows output, float cap = 0)
    {
        if (_abandon?.Invoke() == true) throw new OperationCanceledException("Nobody wants the result of this pass any more.");
        int group = Groups.GroupOf(layer);
        var spans = new AttentionSpan[slices.Count];
        for (int i = 0; i < spans.Length; i++)
            spans[i] = new AttentionSpan(slices[i].Sequence.Tables[group], slices[i].FirstRow, slices[i].Tokens.Length, slices[i].Start);
        Operations.Attend(Runtime.Pool, Runtime.Scratch, qkv, spans, Groups.IndexOf(layer), Config.Heads, Groups.Window(group), scale, sinks, output, cap);
    }

    /// <summary>All blocks, in place. <paramref name="x"/> [rows, hidden].</summary>
    private protected abstract void Blocks(FloatRows x, ReadOnlySpan<int> positions, List<Slice> slices, HiddenStateObserver? hidden);

    /// <summary>The final norm, into a buffer of the model's own.</summary>
    private protected abstract FloatRows Norm(FloatRows x);

    /// <summary>[vocabulary, hidden]: from normed states to logits.</summary>
    private protected abstract WeightMatrix Output { get; }

    /// <summary>Logits l become cap tanh(l / cap); 0 for none.</summary>
    private protected virtual float LogitCap => 0;

    void Check(ReadOnlySpan<Segment> batch, int space)
    {
        long rows = 0;
        for (int i = 0; i < batch.Length; i++)
        {
            Segment segment = batch[i];
            if (segment.Sequence is not DecoderSequence) throw new ArgumentException("A sequence of another model.", nameof(batch));
            if (segment.Tokens.IsEmpty) throw new ArgumentException("A segment without tokens.", nameof(batch));
            for (int j = 0; j < i; j++)
                if (ReferenceEquals(batch[j].Sequence, segment.Sequence)) throw new ArgumentException("A sequence occurs twice in one batch.", nameof(batch));
            if (segment.Tokens.Length > segment.Sequence.Capacity - segment.Sequence.Length)
                throw new PoiseException($"The context is full: {segment.Sequence.Length} tokens are held, {segment.Tokens.Length} more do not fit into {segment.Sequence.Capacity}. Use a larger --context or a shorter prompt.");
            foreach (int token in segment.Tokens.Span)
                if ((uint)token >= (uint)Config.VocabularySize) throw new PoiseException($"Token {token} is outside the vocabulary of {Config.VocabularySize}.");
            if (segment.LogitRows < 0 || segment.LogitRows > segment.Tokens.Length) throw new ArgumentException("More logits than tokens.", nameof(batch));
            rows += segment.LogitRows;
        }

        if (space < rows * Config.VocabularySize) throw new ArgumentException($"{rows} rows of logits do not fit.", nameof(batch));
    }

    protected override void Dispose(bool disposing)
    {
        _x.Dispose();
        _last.Dispose();
        Logits.Dispose();
        Runtime.Dispose();
    }
}

/// <summary>Part of a segment in one pass: rows FirstRow.. hold positions Start.. of the sequence.</summary>
sealed record Slice(DecoderSequence Sequence, ReadOnlyMemory<int> Tokens, int FirstRow, int Start, int LogitRows);
