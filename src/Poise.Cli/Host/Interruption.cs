using System.Runtime.InteropServices;

namespace Poise.Cli.Host;

/// <summary>
/// Turns the first Ctrl-C (or SIGTERM) into a cancellation, so that the verb can flush and say how far it came.
/// The second one ends the process at once, in case a long step does not listen.
/// </summary>
sealed class Interruption : IDisposable
{
    static Action? s_diverted;

    readonly CancellationTokenSource _source = new();
    readonly PosixSignalRegistration _interrupt;
    readonly PosixSignalRegistration _terminate;

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, Host.ExitCode.Interrupted));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, Host.ExitCode.Terminated));
    }

    public CancellationToken Token => _source.Token;

    public int ExitCode { get; private set; } = Host.ExitCode.Interrupted;

    /// <summary>Does nothing at its end, and changes nothing before.</summary>
    public static IAsyncDisposable NotDiverted { get; } = new Diversion();

    /// <summary>Until it is disposed, Ctrl-C does this and leaves the program alone.</summary>
    public static IAsyncDisposable Divert(Action action)
    {
        s_diverted = action;
        return new Diversion();
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    void Stop(PosixSignalContext context, int code)
    {
        if (_source.IsCancellationRequested) return;
        if (code == Host.ExitCode.Interrupted && s_diverted is { } diverted)
        {
            context.Cancel = true;
            try
            {
                diverted();
            }
            catch (ObjectDisposedException)
            {
                // What it would have stopped has just ended.
            }
            return;
        }
        ExitCode = code;
        context.Cancel = true;
        _source.Cancel();
    }

    sealed class Diversion : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            s_diverted = null;
            return ValueTask.CompletedTask;
        }
    }
}
