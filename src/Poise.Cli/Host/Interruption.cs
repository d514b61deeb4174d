using System.Runtime.InteropServices;

namespace Poise.Cli.Host;

/// <summary>
/// Turns the first Ctrl-C (or SIGTERM) into a cancellation, so that the verb can flush and say how far it came.
/// The second one ends the process at once, in case a long step does not listen.
/// </summary>
sealed class Interruption : IDisposable
{
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

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    void Stop(PosixSignalContext context, int code)
    {
        if (_source.IsCancellationRequested) return;
        ExitCode = code;
        context.Cancel = true;
        _source.Cancel();
    }
}
