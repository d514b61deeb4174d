using System.Threading.Channels;
using Poise.Cli.Terminal;
using Poise.Tests.Terminal;

namespace Poise.Tests.Chatting;

/// <summary>Scripted keys; a keyboard that waits when all are pressed, so that the watch during an answer does not end.</summary>
sealed class ChannelKeys : IKeySource
{
    readonly Queue<KeyPress> _script = new();
    readonly Channel<KeyPress> _urgent = Channel.CreateUnbounded<KeyPress>();

    public void Add(string keys)
    {
        foreach (KeyPress key in ScriptedKeys.Parse(keys)) _script.Enqueue(key);
    }

    /// <summary>Pressed right now, whoever reads.</summary>
    public void Press(string keys)
    {
        foreach (KeyPress key in ScriptedKeys.Parse(keys)) _urgent.Writer.TryWrite(key);
    }

    public async ValueTask<KeyPress?> ReadAsync(CancellationToken cancellation)
    {
        if (_urgent.Reader.TryRead(out KeyPress urgent)) return urgent;
        // Whoever watches for Ctrl-C brings a token of its own; the script is for the editor.
        if (cancellation == TestContext.Current.CancellationToken && _script.TryDequeue(out KeyPress key)) return key;
        return await _urgent.Reader.ReadAsync(cancellation);
    }
}
