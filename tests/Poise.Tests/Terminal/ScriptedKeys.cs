using Poise.Cli.Terminal;

namespace Poise.Tests.Terminal;

/// <summary>
/// Keys from a script: characters stand for themselves, and names in angle brackets for keys, with C- and M- for Control and Alt:
/// <c>hello&lt;Left&gt;&lt;C-a&gt;&lt;Enter&gt;</c>. Two opening brackets are one.
/// </summary>
sealed class ScriptedKeys(string script) : IKeySource
{
    readonly Queue<KeyPress> _keys = new(Parse(script));

    /// <summary>Called before each key is taken, to look at the screen on the way.</summary>
    public Action<KeyPress>? BeforeKey { get; init; }

    public void Add(string more)
    {
        foreach (KeyPress key in Parse(more)) _keys.Enqueue(key);
    }

    public void Paste(string text) => _keys.Enqueue(KeyPress.Paste(text));

    public ValueTask<KeyPress?> ReadAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_keys.TryDequeue(out KeyPress key)) return ValueTask.FromResult<KeyPress?>(null);
        BeforeKey?.Invoke(key);
        return ValueTask.FromResult<KeyPress?>(key);
    }

    public static IEnumerable<KeyPress> Parse(string script)
    {
        for (int i = 0; i < script.Length;)
        {
            if (script[i] == '<' && !script.AsSpan(i).StartsWith("<<"))
            {
                int end = script.IndexOf('>', i);
                yield return Named(script[(i + 1)..end]);
                i = end + 1;
                continue;
            }
            if (script[i] == '<') i++;
            int length = char.IsHighSurrogate(script[i]) ? 2 : 1;
            yield return KeyPress.Typed(script.Substring(i, length));
            i += length;
        }
    }

    static KeyPress Named(string name)
    {
        ConsoleModifiers modifiers = 0;
        while (name.Length > 2 && name[1] == '-')
        {
            modifiers |= name[0] == 'C' ? ConsoleModifiers.Control : ConsoleModifiers.Alt;
            name = name[2..];
        }
        ConsoleKey key = name switch
        {
            "Left" => ConsoleKey.LeftArrow,
            "Right" => ConsoleKey.RightArrow,
            "Up" => ConsoleKey.UpArrow,
            "Down" => ConsoleKey.DownArrow,
            "Esc" => ConsoleKey.Escape,
            "BS" => ConsoleKey.Backspace,
            "Del" => ConsoleKey.Delete,
            _ => Enum.Parse<ConsoleKey>(name, ignoreCase: true),
        };
        // Control characters come with keys as the console reports them.
        string text = key switch
        {
            ConsoleKey.Enter => "\r",
            ConsoleKey.Tab => "\t",
            ConsoleKey.Escape => "\e",
            ConsoleKey.Backspace => "\b",
            >= ConsoleKey.A and <= ConsoleKey.Z when modifiers == ConsoleModifiers.Control => ((char)(key - ConsoleKey.A + 1)).ToString(),
            >= ConsoleKey.A and <= ConsoleKey.Z => name,
            _ => "",
        };
        return new KeyPress(key, modifiers, text);
    }
}
