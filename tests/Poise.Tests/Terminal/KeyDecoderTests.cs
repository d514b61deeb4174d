using Poise.Cli.Terminal;

namespace Poise.Tests.Terminal;

/// <summary>What the console delivers in pieces becomes keys.</summary>
public sealed class KeyDecoderTests
{
    [Fact]
    public void PastesCharactersAndEscapesAreToldApart()
    {
        // Emoji, a paste that holds an emoji, a line break and a sequence, a lone Escape, and Escape before other keys.
        List<KeyPress> keys = Decode("👍\e[200~a\rb\e[31m👍\e[201~c\e[2x\e");
        Assert.Equal(["👍", "\e[200~", "c", "\e", "[", "2", "x", "\e"], keys.Select(k => k.IsPaste ? "\e[200~" : k.Text));
        Assert.Equal("a\rb\e[31m👍", keys[1].Text);
        Assert.Equal(ConsoleKey.Escape, keys[3].Key);
        Assert.True(keys[0].IsTyped);
        Assert.False(keys[^1].IsTyped);
    }

    [Fact]
    public void EscapeBeforeAKeyIsAlt()
    {
        List<KeyPress> keys = Decode("a\e\rb\e\e\r");
        Assert.Equal([(ConsoleKey.None, 0), (ConsoleKey.Enter, ConsoleModifiers.Alt), (ConsoleKey.None, 0), (ConsoleKey.Escape, 0), (ConsoleKey.Enter, ConsoleModifiers.Alt)], keys.Select(k => (k.Key, k.Modifiers)));
    }

    [Fact]
    public void AltGrTypesAndAltCommands()
    {
        Assert.True(new KeyPress(ConsoleKey.Q, ConsoleModifiers.Alt | ConsoleModifiers.Control, "@").IsTyped);
        Assert.False(new KeyPress(ConsoleKey.B, ConsoleModifiers.Alt, "b").IsTyped);
        Assert.True(new KeyPress(ConsoleKey.C, ConsoleModifiers.Control, "\u0003").IsControlC);
    }

    static List<KeyPress> Decode(string text)
    {
        var units = new Queue<char>(text);
        var decoder = new KeyDecoder(
            () => units.Dequeue() is var c && c == '\e' ? new ConsoleKeyInfo(c, ConsoleKey.Escape, false, false, false)
                : new ConsoleKeyInfo(c, c == '\r' ? ConsoleKey.Enter : ConsoleKey.None, false, false, false),
            () => units.Count > 0);
        var keys = new List<KeyPress>();
        try
        {
            while (true) keys.Add(decoder.Next());
        }
        catch (InvalidOperationException)
        {
            // The queue is empty.
            return keys;
        }
    }
}
