namespace Poise.Cli.Terminal;

/// <summary>A screen that understands escape sequences.</summary>
interface ITerminal
{
    /// <summary>Cells in a row, and rows; both may change at any time.</summary>
    int Width { get; }

    int Height { get; }

    bool Colors { get; }

    void Write(string text);
}
