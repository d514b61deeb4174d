namespace Poise.Cli.Terminal;

/// <summary>Which key does what to the text. Keys that end the input or look into the history are <see cref="LineEditor"/>'s.</summary>
static class EditorKeys
{
    const ConsoleModifiers None = ConsoleModifiers.None;
    const ConsoleModifiers Control = ConsoleModifiers.Control;
    const ConsoleModifiers Alt = ConsoleModifiers.Alt;

    static readonly Dictionary<(ConsoleKey, ConsoleModifiers), Action<EditBuffer>> s_actions = new()
    {
        [(ConsoleKey.LeftArrow, None)] = b => b.Left(),
        [(ConsoleKey.B, Control)] = b => b.Left(),
        [(ConsoleKey.RightArrow, None)] = b => b.Right(),
        [(ConsoleKey.F, Control)] = b => b.Right(),
        [(ConsoleKey.LeftArrow, Control)] = b => b.WordLeft(),
        [(ConsoleKey.LeftArrow, Alt)] = b => b.WordLeft(),
        [(ConsoleKey.B, Alt)] = b => b.WordLeft(),
        [(ConsoleKey.RightArrow, Control)] = b => b.WordRight(),
        [(ConsoleKey.RightArrow, Alt)] = b => b.WordRight(),
        [(ConsoleKey.F, Alt)] = b => b.WordRight(),
        [(ConsoleKey.Home, None)] = b => b.Home(),
        [(ConsoleKey.A, Control)] = b => b.Home(),
        [(ConsoleKey.End, None)] = b => b.End(),
        [(ConsoleKey.E, Control)] = b => b.End(),
        [(ConsoleKey.Home, Control)] = b => b.Set(b.Text, 0),
        [(ConsoleKey.End, Control)] = b => b.Set(b.Text),
        [(ConsoleKey.Backspace, None)] = b => b.DeleteLeft(),
        // Most terminals send this for Ctrl-Backspace.
        [(ConsoleKey.Backspace, Control)] = b => b.KillWordLeft(),
        [(ConsoleKey.Backspace, Alt)] = b => b.KillWordLeft(),
        [(ConsoleKey.Delete, None)] = b => b.DeleteRight(),
        [(ConsoleKey.Delete, Control)] = b => b.KillWordRight(),
        [(ConsoleKey.D, Alt)] = b => b.KillWordRight(),
        [(ConsoleKey.K, Control)] = b => b.KillToEnd(),
        [(ConsoleKey.U, Control)] = b => b.KillToStart(),
        [(ConsoleKey.W, Control)] = b => b.KillBlankWordLeft(),
        [(ConsoleKey.Y, Control)] = b => b.Yank(),
        [(ConsoleKey.Enter, Alt)] = b => b.Insert("\n"),
        [(ConsoleKey.Enter, ConsoleModifiers.Shift)] = b => b.Insert("\n"),
        // Ctrl-J, as Unix and as Windows report it.
        [(ConsoleKey.Enter, Control)] = b => b.Insert("\n"),
        [(ConsoleKey.J, Control)] = b => b.Insert("\n"),
    };

    public static Action<EditBuffer>? Find(KeyPress key) => s_actions.GetValueOrDefault((key.Key, key.Modifiers));
}
