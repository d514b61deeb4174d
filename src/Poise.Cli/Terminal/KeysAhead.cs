using Poise.Cli.Host;

namespace Poise.Cli.Terminal;

/// <summary>Keys that a person presses while nobody asks: Ctrl-C stops what runs, the others wait for the editor.</summary>
sealed class KeysAhead(IKeySource keys) : IKeySource
{
    readonly Queue<KeyPress> _waiting = new();

    public ValueTask<KeyPress?> ReadAsync(CancellationToken cancellation) =>
        _waiting.TryDequeue(out KeyPress key) ? ValueTask.FromResult<KeyPress?>(key) : keys.ReadAsync(cancellation);

    /// <summary>Until it is disposed, Ctrl-C cancels <paramref name="running"/>, whether it comes as a key or as a signal.</summary>
    public IAsyncDisposable WatchForControlC(CancellationTokenSource running) => new Watch(this, keys, running);

    sealed class Watch : IAsyncDisposable
    {
        readonly CancellationTokenSource _ended = new();
        readonly IAsyncDisposable _diversion;
        readonly Task _watching;

        public Watch(KeysAhead ahead, IKeySource keys, CancellationTokenSource running)
        {
            _diversion = Interruption.Divert(running.Cancel);
            _watching = WatchAsync(ahead, keys, running);
        }

        public async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            await _watching;
            await _diversion.DisposeAsync();
            _ended.Dispose();
        }

        async Task WatchAsync(KeysAhead ahead, IKeySource keys, CancellationTokenSource running)
        {
            try
            {
                while (await keys.ReadAsync(_ended.Token) is { } key)
                {
                    if (!key.IsControlC)
                    {
                        ahead._waiting.Enqueue(key);
                        continue;
                    }
                    // What was typed before it is given up with the answer.
                    ahead._waiting.Clear();
                    await running.CancelAsync();
                }
            }
            catch (OperationCanceledException)
            {
                // The answer is complete.
            }
        }
    }
}
