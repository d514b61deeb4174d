using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Poise.Core.Generation;
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
    long _admitted, _first, _last;
    int _read;
    volatile bool _cancelled;
    CancellationTokenRegistration _registration;

    /// <param name="total">The most tokens of prompt and answer.</param>
    internal EngineSequence(GenerationRequest request, int vocabularySize, int total, bool contextEnds, Action wake)
    {
        Request = request;
        Total = total;
        _most = total - request.Prompt.Length;
        ContextEnds = contextEnds;
        _wake = wake;
        _stops = request.Options.EndingIds(request.StopIds);
        Tokens = [.. request.Prompt.Span];
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
        Waited = _admitted > 0 ? Stopwatch.GetElapsedTime(_submitted, _admitted) : TimeSpan.Zero,
        Prompt = _first > 0 ? Stopwatch.GetElapsedTime(_admitted, _first) : TimeSpan.Zero,
        Answer = _first > 0 ? Stopwatch.GetElapsedTime(_first, _last) : TimeSpan.Zero,
    };

    internal GenerationRequest Request { get; }

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

    internal bool IsCancelled => _cancelled;

    /// <summary>The KV cache while it is admitted.</summary>
    internal DecoderSequence? Cache { get; set; }

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
    internal Segment NextSegment(int count) => new(Cache!, Tokens.GetRange(Cache!.Length, count).ToArray(), count == Pending ? 1 : 0);

    /// <summary>Takes the next token; true if it is the last.</summary>
    internal bool Take(TokenChoice choice)
    {
        _last = Stopwatch.GetTimestamp();
        if (_first == 0) _first = _last;
        Tokens.Add(choice.Id);
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
