namespace Poise.Cli.Terminal;

/// <summary>What came from the keyboard: a key, a typed character (a surrogate pair is one), or a whole paste.</summary>
readonly record struct KeyPress(ConsoleKey Key, ConsoleModifiers Modifiers, string Text, bool IsPaste = false)
{
    public bool IsControlC => Key == ConsoleKey.C && Modifiers == ConsoleModifiers.Control;

    /// <summary>Text to insert, where this is no command.</summary>
    public bool IsTyped => IsPaste || (Text.Length > 0 && !char.IsControl(Text[0]) && (Modifiers & ~ConsoleModifiers.Shift) is 0 or (ConsoleModifiers.Alt | ConsoleModifiers.Control));

    public static KeyPress Typed(string text) => new(ConsoleKey.None, ConsoleModifiers.None, text);

    public static KeyPress Paste(string text) => new(ConsoleKey.None, ConsoleModifiers.None, text, IsPaste: true);

    public static KeyPress Special(ConsoleKey key, ConsoleModifiers modifiers = ConsoleModifiers.None) => new(key, modifiers, "");
}
