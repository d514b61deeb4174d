using System.Text;

namespace Poise.Cli.Terminal;

/// <summary>
/// Puts together what <see cref="Console.ReadKey(bool)"/> delivers in pieces: characters of two UTF-16 units, keys with Alt, and
/// bracketed pastes, whose marks it does not know.
/// </summary>
sealed class KeyDecoder(Func<ConsoleKeyInfo> read, Func<bool> available)
{
    const string PasteBegins = "\e[200~";
    const string PasteEnds = "\e[201~";

    readonly Queue<ConsoleKeyInfo> _ahead = new();

    public KeyPress Next()
    {
        ConsoleKeyInfo key = Take();
        if (key.Key == ConsoleKey.Escape && key.Modifiers == 0)
        {
            if (IsPaste()) return KeyPress.Paste(ReadPaste());
            // In a burst of keys the console reports Alt as an Escape before the key.
            if (_ahead.Count > 0 && _ahead.Peek() is { Modifiers: 0, KeyChar: not ('\e' or '[' or '\0') } next)
            {
                _ahead.Dequeue();
                return new KeyPress(next.Key, ConsoleModifiers.Alt, next.KeyChar.ToString());
            }
        }
        string text = key.KeyChar == '\0' ? "" : key.KeyChar.ToString();
        if (char.IsHighSurrogate(key.KeyChar)) text += Take().KeyChar;
        return new KeyPress(key.Key, key.Modifiers, text);
    }

    ConsoleKeyInfo Take() => _ahead.TryDequeue(out ConsoleKeyInfo key) ? key : read();

    // A lone Escape has nothing behind it. What is read in vain is delivered as it came.
    bool IsPaste()
    {
        var taken = new List<ConsoleKeyInfo>();
        while (taken.Count + 1 < PasteBegins.Length && (_ahead.Count > 0 || available()))
        {
            taken.Add(Take());
            if (taken[^1].KeyChar == PasteBegins[taken.Count]) continue;
            break;
        }
        if (taken.Count + 1 == PasteBegins.Length && taken[^1].KeyChar == PasteBegins[^1]) return true;
        List<ConsoleKeyInfo> all = [.. taken, .. _ahead];
        _ahead.Clear();
        foreach (ConsoleKeyInfo key in all) _ahead.Enqueue(key);
        return false;
    }

    string ReadPaste()
    {
        var text = new StringBuilder();
        while (true)
        {
            char c = Take().KeyChar;
            if (c == '\0') continue;
            text.Append(c);
            if (c != PasteEnds[^1] || text.Length < PasteEnds.Length) continue;
            if (text.ToString(text.Length - PasteEnds.Length, PasteEnds.Length) == PasteEnds)
                return text.ToString(0, text.Length - PasteEnds.Length);
        }
    }
}
