using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Poise.Core.Generation;
using Poise.Core.Layers;
using Poise.Core.Models;

namespace Poise.Core.Engine;

/// <summary>
/// One sequence of an engine: its tokens as a stream to be read once. Disposing it, or the enumerator, cancels what is still
/// to come and returns when its memory is free again.
/// </summary>
public sealed class EngineSequence : IAsyncEnumerable<TokenChoice>, IAsyncDisposable
{
    readonly Channel<TokenChoice> _channel = Channel.CreateUnbounded<TokenChoice>(new UnboundedChannelOptions { SingleWriter = true });
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Action _wake;
    readonly long _submitted = Stopwatch.GetTimestamp();
    readonly IReadOnlySet<int> _stops;
    readonly int _most;
    readonly PromptLookup? _lookup;
    readonly DraftLength _draftLength = new();
    long _admitted, _first, _last;
    int _read;
    volatile bool _cancelled;
    CancellationTokenRegistration _registration;

    /// <param name="total">The most tokens of prompt and answer.</param>
    internal EngineSequence(GenerationRequest request, int vocabularySize, int total, bool contextEnds, bool drafts, Action wake)
    {
        Request = request;
        Total = total;
        _most = total - request.Prompt.Length;
        ContextEnds = contextEnds;
        _wake = wake;
        _stops = request.Options.EndingIds(request.StopIds);
        Tokens = [.. request.Prompt.Span];
        if (drafts) _lookup = new PromptLookup(Tokens);
        Sampler = new SequenceSampler(request.Options, request.Prompt.Span, vocabularySize);
    }

    /// <summary>Null while it runs.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Ends when the sequence has ended and its memory is free. Never fails: the stream carries the exception.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Final when <see cref="Ended"/> is.</summary>
    public SequenceStatistics Statistics => new()
    {
        PromptTokens = Request.Prompt.Length,
        ReusedTokens = ReusedTokens,
        GeneratedTokens = Generated,
        DraftedTokens = Drafted,
        AcceptedTokens = Accepted,
        Waited = _admitted > 0 ? Stopwatch.GetElapsedTime(_submitted, _admitted) : TimeSpan.Zero,
        Prompt = _first > 0 ? Stopwatch.GetElapsedTime(_admitted, _first) : TimeSpan.Zero,
        Answer = _first > 0 ? Stopwatch.GetElapsedTime(_first, _last) : TimeSpan.Zero,
    };

    internal GenerationRequest Request { get; }

    /// <summary>What acts on it; null for the model as it is.</summary>
    internal LoadedAdapter? Adapter { get; init; }

    /// <summary>The most tokens of prompt and answer: what memory is reserved for.</summary>
    internal int Total { get; }

    /// <summary>Whether the context, not the request, sets <see cref="Total"/>.</summary>
    internal bool ContextEnds { get; }

    /// <summary>Prompt and answer.</summary>
    internal List<int> Tokens { get; }

    internal SequenceSampler Sampler { get; }

    /// <summary>Its number in the order of requests.</summary>
    internal long Arrival { get; set; }

    internal int ReusedTokens { get; private set; }

    internal int Generated { get; private set; }

    internal int Drafted { get; private set; }

    internal int Accepted { get; private set; }

    internal bool IsCancelled => _cancelled;

    /// <summary>The KV cache while it is admitted.</summary>
    internal DecoderSequence? Cache { get; set; }

    /// <summary>Tokens that may follow what is known: the next step computes them too.</summary>
    internal int[] Draft { get; private set; } = [];

    internal PrefixNode? Tail { get; set; }

    /// <summary>Tokens that are known and not yet in the cache.</summary>
    internal int Pending => Tokens.Count - Cache!.Length;

    /// <summary>Ends it before its next token.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _wake();
    }

    public async IAsyncEnumerator<TokenChoice> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _read, 1) != 0) throw new InvalidOperationException("The tokens of a sequence are read once.");
        await using ConfiguredAsyncDisposable end = ((IAsyncDisposable)this).ConfigureAwait(false);
        await foreach (TokenChoice choice in _channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return choice;
    }

    public async ValueTask DisposeAsync()
    {
        Cancel();
        await Ended.ConfigureAwait(false);
    }

    internal void CancelWith(CancellationToken cancellation) => _registration = cancellation.UnsafeRegister(static state => ((EngineSequence)state!).Cancel(), this);

    internal void Admitted(PrefixMatch match)
    {
        Tail = match.Tail;
        if (_admitted > 0) return;
        _admitted = Stopwatch.GetTimestamp();
        ReusedTokens = match.Tokens;
    }

    /// <summary>The next tokens for its cache. Logits are wanted once all that is known is in.</summary>
    internal Segment NextSegment(int count) =>
        new(Cache!, (int[])[.. Tokens.GetRange(Cache!.Length, count), .. Draft], count == Pending ? 1 + Draft.Length : 0);

    /// <summary>Makes the draft of the next step, which may be none, and takes pages for it; returns its length.</summary>
    /// <param name="most">0 unless one token is pending, for which there is room.</param>
    /// <param name="writing">Sequences that share the step.</param>
    internal int Propose(int most, int writing)
    {
        Draft = [];
        // The last token of the answer needs no step after it.
        most = Math.Min(most, Total - Tokens.Count - 1);
        if (_lookup is null || most <= 0) return 0;
        if (Generated == 0) _lookup.Update();
        int[] draft = _lookup.Follow(_draftLength.Best(_lookup.Match, writing, most));
        int stop = Array.FindIndex(draft, _stops.Contains);
        if (stop >= 0) draft = draft[..stop];
        if (draft.Length == 0) return 0;
        if (!Cache!.TryPrepare(1 + draft.Length))
        {
            Cache.Trim(1);
            return 0;
        }

        Draft = draft;
        Drafted += draft.Length;
        return draft.Length;
    }

    /// <summary>The token taken last is the draft's next: its step has been made.</summary>
    internal void Accept()
    {
        Cache!.Advance(1);
        Accepted++;
    }

    /// <summary>Takes the next token; true if it is the last.</summary>
    internal bool Take(TokenChoice choice)
    {
        _last = Stopwatch.GetTimestamp();
        if (_first == 0) _first = _last;
        if (_lookup is { Match: > 0 }) _draftLength.Judge(_lookup.Match, _lookup.Next == choice.Id);
        Tokens.Add(choice.Id);
        _lookup?.Update();
        Generated++;
        _channel.Writer.TryWrite(choice);
        if (_stops.Contains(choice.Id)) Finish = FinishReason.Stop;
        else if (Generated == _most) Finish = ContextEnds ? FinishReason.ContextFull : FinishReason.MaxTokens;
        return Finish is not null;
    }

    /// <summary>Its memory is free: tells the reader.</summary>
    internal void End(FinishReason reason, Exception? failure = null)
    {
        Finish ??= reason;
        _registration.Dispose();
        _channel.Writer.TryComplete(failure);
        _ended.TrySetResult();
    }
}
