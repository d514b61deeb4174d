using Poise.Core.Generation;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Cache;

namespace Poise.Core.Engine;

/// <summary>
/// Runs one model for many sequences at once on a thread of its own. Each step computes the next token of every sequence
/// that is writing and a chunk of the prompts that are being read; sequences come and go between steps. A sequence's tokens
/// are the same bits alone, in company, and after a reused prefix.
/// </summary>
/// <remarks>
/// Memory is bounded: a sequence is admitted when the cache can hold its prompt and some hundred tokens more, beside what the
/// running ones hold and will soon take. Should all of them grow long, the youngest gives its pages back, waits, and is
/// computed again, to the same bits; its reader only sees a pause. The model stays the caller's, and must outlive the engine.
/// </remarks>
public sealed class InferenceEngine : IAsyncDisposable, IDisposable
{
    // Tokens that a running sequence is expected to write: what admission keeps free for it.
    const int Headroom = 256;

    // Rows of guesses in one step, of all sequences. With as many sequences or more a step is full without them.
    internal const int DraftRows = 16;

    readonly DecoderModel _model;
    readonly KeyValuePagePool _pool;
    readonly PrefixCache _prefixes;
    readonly Lock _lock = new();
    readonly Queue<EngineSequence> _arrived = new();
    readonly LinkedList<EngineSequence> _waiting = new();
    readonly List<EngineSequence> _running = [];
    readonly SemaphoreSlim _wake = new(0);
    readonly Thread _thread;
    readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    float[] _logits = [];
    long _arrivals;
    bool _closed;
    volatile bool _clear, _cancelAll;

    public InferenceEngine(Model model, EngineOptions? options = null)
    {
        _model = model as DecoderModel ?? throw new ArgumentException("The engine runs decoder models.", nameof(model));
        Options = (options ?? new EngineOptions()).Checked(model.Config.ContextLength, _model.PassRows, _model.Groups);
        _pool = new KeyValuePagePool(_model.Groups.Layouts, Options.CacheBytes);
        _prefixes = new PrefixCache(_model.Groups, _pool);
        _thread = new Thread(Loop) { IsBackground = true, Name = "poise engine" };
        _thread.Start();
    }

    public EngineOptions Options { get; }

    /// <summary>State after the last step.</summary>
    public EngineStatus Status { get; private set; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>
    /// Queues a sequence. Throws a <see cref="PoiseException"/> at once for what can never run: an empty prompt, one that
    /// leaves no room in the context, an id outside the vocabulary, a request larger than the cache.
    /// </summary>
    /// <param name="cancellation">Cancels the sequence at its next token, whether or not somebody reads.</param>
    public EngineSequence Start(GenerationRequest request, CancellationToken cancellation = default)
    {
        int prompt = request.Prompt.Length, context = Options.ContextLength;
        if (prompt == 0) throw new PoiseException("The prompt is empty: there is nothing to continue. Give some text, or a model whose tokenizer adds a first token.");
        if (prompt >= context)
            throw new PoiseException($"The prompt has {prompt} tokens, and the context holds {context}. Shorten it: drop the oldest messages or the longest document.");
        int total = Math.Min(context, prompt + Math.Min(request.Options.MaxTokens, context));
        LoadedAdapter? adapter = request.Base ? null : request.Adapter ?? Options.Adapter;
        if (adapter is not null && adapter.Model != _model) throw new PoiseException($"The adapter {adapter.Name} was loaded for another model.");
        long bytes = _model.Groups.MostBytes(total, Options.PromptChunk);
        if (bytes > Options.CacheBytes)
            throw new PoiseException($"{total} tokens of prompt and answer need {Quantity(bytes)} of KV cache, and the engine has {Quantity(Options.CacheBytes)}. Ask for fewer tokens, or give it more memory.");

        var sequence = new EngineSequence(request, _model.Config.VocabularySize, total, total - prompt < request.Options.MaxTokens, Options.DraftTokens > 0, Wake) { Adapter = adapter };
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            sequence.Arrival = _arrivals++;
            _arrived.Enqueue(sequence);
        }

        sequence.CancelWith(cancellation);
        Wake();
        return sequence;
    }

    /// <summary>The tokens of one request; leaving the loop cancels it.</summary>
    public IAsyncEnumerable<TokenChoice> GenerateAsync(GenerationRequest request, CancellationToken cancellation = default) => Start(request, cancellation);

    /// <summary>Gives up all prefixes that no sequence uses, before the next step.</summary>
    public void ClearPrefixes()
    {
        _clear = true;
        Wake();
    }

    /// <summary>Takes no more sequences, and returns when the running and waiting ones have ended by themselves.</summary>
    public async Task CompleteAsync()
    {
        lock (_lock) _closed = true;
        Wake();
        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>Cancels every sequence and frees everything.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock) _closed = true;
        _cancelAll = true;
        Wake();
        await _stopped.Task.ConfigureAwait(false);
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    static string Quantity(long bytes) => $"{bytes / (1024.0 * 1024):0.#} MiB";

    void Wake() => _wake.Release();

    void Loop()
    {
        try
        {
            while (Turn())
            {
            }

            _stopped.TrySetResult();
        }
        catch (Exception e)
        {
            // An error of the engine itself: nobody may be left waiting for it.
            lock (_lock) _closed = true;
            foreach (EngineSequence sequence in _running.Concat(_waiting).Concat(_arrived)) sequence.End(FinishReason.Failed, e);
            _stopped.TrySetException(e);
        }
    }

    // One step and what lies between steps; false after the last.
    bool Turn()
    {
        bool closed;
        lock (_lock)
        {
            closed = _closed;
            while (_arrived.TryDequeue(out EngineSequence? sequence)) _waiting.AddLast(sequence);
        }

        Leave();
        if (_clear)
        {
            _clear = false;
            _prefixes.Clear();
        }

        Admit();
        if (_running.Count > 0) Step();
        Publish();
        if (_running.Count > 0 || _waiting.Count > 0) return true;
        if (closed)
        {
            _prefixes.Clear();
            Publish();
            _pool.Dispose();
            return false;
        }

        _wake.Wait();
        while (_wake.Wait(0))
        {
        }

        return true;
    }

    // Before each step, so that a cancelled sequence costs no further token.
    void Leave()
    {
        for (LinkedListNode<EngineSequence>? node = _waiting.First; node is not null;)
        {
            LinkedListNode<EngineSequence>? next = node.Next;
            if (node.Value.IsCancelled || _cancelAll)
            {
                _waiting.Remove(node);
                node.Value.End(FinishReason.Cancelled);
            }

            node = next;
        }

        for (int i = _running.Count - 1; i >= 0; i--)
            if (_running[i].IsCancelled || _cancelAll) End(_running[i], FinishReason.Cancelled);
    }

    // In order of arrival: a large request is not overtaken by small ones for ever.
    void Admit()
    {
        while (_waiting.First is { Value: EngineSequence sequence } && _running.Count < Options.MaxSequences)
        {
            PrefixMatch match = _prefixes.Find(sequence.Adapter, sequence.Tokens, Options.ReusePrefixes ? sequence.Tokens.Count - 1 : 0);
            if (_running.Count > 0 && Expected() + Future(sequence, match.Tokens / KeyValueLayout.Positions) + match.IdleBytes(_model.Groups) > Options.CacheBytes) return;
            _waiting.RemoveFirst();
            sequence.Cache = _model.CreateSequence(sequence.Total, sequence.Adapter, _pool);
            _prefixes.Use(match, sequence.Cache);
            sequence.Admitted(match);
            int at = _running.FindIndex(other => other.Arrival > sequence.Arrival);
            _running.Insert(at < 0 ? _running.Count : at, sequence);
        }
    }

    // Bytes that running sequences hold or will soon take.
    long Expected()
    {
        long bytes = 0;
        for (int group = 0; group < _model.Groups.Count; group++)
            if (_model.Groups.Window(group) == 0) bytes += _pool.HeldPages(group) * _model.Groups.Layouts[group].PageBytes;
        foreach (EngineSequence sequence in _running) bytes += Future(sequence, sequence.Cache!.Tables[0].EndPage);
        return bytes;
    }

    // Groups that see everything grow page by page and let go at the end. Those with a window come and go, and what they
    // share now they may not share later: their largest extent stays counted.
    long Future(EngineSequence sequence, int pages)
    {
        long bytes = 0;
        int length = (int)Math.Min(sequence.Total, sequence.Tokens.Count + (long)Headroom);
        for (int group = 0; group < _model.Groups.Count; group++)
        {
            int most = _model.Groups.MostPages(group, length, Options.PromptChunk);
            bytes += Math.Max(0, _model.Groups.Window(group) == 0 ? most - pages : most) * _model.Groups.Layouts[group].PageBytes;
        }

        return bytes;
    }

    // The oldest first. The oldest of all always finds room, since it fits alone.
    bool MakeRoom(EngineSequence sequence, int tokens)
    {
        while (!sequence.Cache!.TryPrepare(tokens))
        {
            EngineSequence youngest = _running[^1];
            GiveWay(youngest);
            if (youngest == sequence) return false;
        }

        return true;
    }

    void GiveWay(EngineSequence sequence)
    {
        Free(sequence);
        LinkedListNode<EngineSequence>? later = _waiting.First;
        while (later is not null && later.Value.Arrival < sequence.Arrival) later = later.Next;
        if (later is null) _waiting.AddLast(sequence);
        else _waiting.AddBefore(later, sequence);
    }

    void Step()
    {
        List<(EngineSequence Sequence, int Tokens)> plan = Plan();
        foreach ((EngineSequence sequence, int tokens) in plan.OrderBy(entry => entry.Sequence.Arrival))
            if (sequence.Cache is not null) MakeRoom(sequence, tokens);
        plan.RemoveAll(entry => entry.Sequence.Cache is null);
        Propose(plan);
        Segment[] batch = [.. plan.Select(entry => entry.Sequence.NextSegment(entry.Tokens))];
        int vocabulary = _model.Config.VocabularySize, rows = batch.Sum(segment => segment.LogitRows);
        if (_logits.Length < (long)rows * vocabulary) _logits = new float[checked(rows * vocabulary)];
        try
        {
            // A step that nobody waits for any more ends at its next layer: a chunk of a long prompt can take seconds.
            _model.Forward(batch, _logits, abandon: () => _cancelAll || plan.TrueForAll(entry => entry.Sequence.IsCancelled));
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e)
        {
            // Not one sequence's fault as far as anyone can tell: all of the batch learn of it, the engine goes on.
            foreach ((EngineSequence sequence, _) in plan) End(sequence, FinishReason.Failed, e);
            return;
        }

        int row = 0;
        for (int i = 0; i < batch.Length; i++)
        {
            (EngineSequence sequence, int tokens) = plan[i];
            ReadOnlySpan<float> logits = _logits.AsSpan(row * vocabulary, batch[i].LogitRows * vocabulary);
            row += batch[i].LogitRows;
            if (sequence.Draft.Length > 0) sequence.Cache!.TakeBack(sequence.Draft.Length);
            if (Options.ReusePrefixes) Keep(sequence, tokens);
            try
            {
                if (sequence.Cache!.Length <= sequence.Request.Prompt.Length) sequence.Request.PromptProgress?.Invoke(sequence.Cache.Length);
                if (!logits.IsEmpty && Write(sequence, logits)) End(sequence, sequence.Finish!.Value);
            }
            catch (Exception e)
            {
                End(sequence, FinishReason.Failed, e);
            }
        }
    }

    // Guesses at what those that write will write next. The chunk is what memory was reckoned with.
    void Propose(List<(EngineSequence Sequence, int Tokens)> plan)
    {
        int writing = plan.Count(entry => entry.Sequence.Pending == 1), rows = writing < DraftRows ? DraftRows : 0;
        foreach ((EngineSequence sequence, _) in plan)
            rows -= sequence.Propose(sequence.Pending == 1 ? Math.Min(Math.Min(rows, Options.DraftTokens), Options.PromptChunk - 1) : 0, writing);
    }

    // The tokens of one sequence from its rows of logits: the next, and as long as it is the draft's, the one after. True if it has ended.
    bool Write(EngineSequence sequence, ReadOnlySpan<float> logits)
    {
        int vocabulary = _model.Config.VocabularySize, accepted = 0;
        bool ended;
        while (true)
        {
            ReadOnlySpan<float> row = logits.Slice(accepted * vocabulary, vocabulary);
            sequence.Request.Logits?.Invoke(row);
            TokenChoice choice = sequence.Sampler.Next(row);
            ended = sequence.Take(choice);
            if (ended || accepted == sequence.Draft.Length || choice.Id != sequence.Draft[accepted] || sequence.IsCancelled || _cancelAll) break;
            sequence.Accept();
            accepted++;
        }

        if (sequence.Draft.Length == 0) return ended;
        sequence.Cache!.Trim(0);
        if (Options.ReusePrefixes && accepted > 0) Keep(sequence, accepted);
        return ended;
    }

    // Every writing sequence, and as much of the prompts, the oldest first, as a chunk takes.
    List<(EngineSequence Sequence, int Tokens)> Plan()
    {
        List<(EngineSequence, int)> plan = [.. _running.Where(sequence => sequence.Pending == 1).Select(sequence => (sequence, 1))];
        int room = plan.Count > 0 ? Math.Min(Options.PromptChunkBesideAnswers, Options.PromptChunk) : Options.PromptChunk;
        foreach (EngineSequence sequence in _running)
        {
            if (sequence.Pending == 1 || room == 0) continue;
            int count = Math.Min(room, sequence.Pending);
            room -= count;
            plan.Add((sequence, count));
        }

        return plan;
    }

    void Keep(EngineSequence sequence, int added)
    {
        int page = (sequence.Cache!.Length - added) / KeyValueLayout.Positions;
        sequence.Tail = _prefixes.Add(sequence.Tail!, sequence.Tokens, page, sequence.Cache);
    }

    void End(EngineSequence sequence, FinishReason reason, Exception? failure = null)
    {
        Free(sequence);
        // Who waits for the end finds the memory free in the status too.
        Publish();
        sequence.End(reason, failure);
    }

    void Free(EngineSequence sequence)
    {
        _running.Remove(sequence);
        sequence.Cache!.Dispose();
        sequence.Cache = null;
        _prefixes.Leave(sequence.Tail!);
        sequence.Tail = null;
    }

    void Publish() => Status = new EngineStatus(_running.Count, _waiting.Count, _pool.AllocatedPages, _pool.FreePages, _prefixes.Count, _pool.AllocatedBytes);
}
