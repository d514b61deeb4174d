using System.Threading.Channels;

namespace Poise.Cli.Terminal;

/// <summary>
/// The keyboard of the console. A thread of its own reads all the time, so that nothing is echoed while an answer is drawn,
/// Ctrl-C is a key like any other, and what is typed ahead is not lost.
/// </summary>
sealed class ConsoleKeySource : IKeySource, IDisposable
{
    readonly ITerminal _terminal;
    readonly Channel<KeyPress> _keys = Channel.CreateUnbounded<KeyPress>();

    public ConsoleKeySource(ITerminal terminal)
    {
        _terminal = terminal;
        Console.TreatControlCAsInput = true;
        // Bracketed paste: a paste of many lines is one, not many messages.
        terminal.Write("\e[?2004h");
        new Thread(Read) { IsBackground = true, Name = "keyboard" }.Start();
    }

    public async ValueTask<KeyPress?> ReadAsync(CancellationToken cancellation) =>
        await _keys.Reader.WaitToReadAsync(cancellation) && _keys.Reader.TryRead(out KeyPress key) ? key : null;

    public void Dispose()
    {
        _terminal.Write("\e[?2004l");
        Console.TreatControlCAsInput = false;
    }

    void Read()
    {
        var decoder = new KeyDecoder(() => Console.ReadKey(intercept: true), () => Console.KeyAvailable);
        try
        {
            while (true) _keys.Writer.TryWrite(decoder.Next());
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // The terminal has gone.
            _keys.Writer.Complete();
        }
    }
}
