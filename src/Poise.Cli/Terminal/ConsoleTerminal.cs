using Poise.Cli.Output;
using Spectre.Console;

namespace Poise.Cli.Terminal;

/// <summary>The terminal that the process was started from.</summary>
sealed class ConsoleTerminal : ITerminal, IDisposable
{
    const int StandardWidth = 80;
    const int StandardHeight = 24;

    readonly StreamWriter _output = StandardOutput.OpenText();

    public ConsoleTerminal()
    {
        _output.AutoFlush = false;
        // Asking also switches Windows consoles to escape sequences.
        Colors = AnsiConsole.Profile.Capabilities.ColorSystem != ColorSystem.NoColors && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    }

    /// <summary>Whether a conversation can be held with a live screen: both ends are a terminal that can move its cursor.</summary>
    public static bool IsAvailable => !Console.IsInputRedirected && !Console.IsOutputRedirected
        && Environment.GetEnvironmentVariable("TERM") != "dumb" && AnsiConsole.Profile.Capabilities.Ansi;

    // A pseudo-terminal that nobody sized says 0.
    public int Width => Console.WindowWidth is > 0 and var width ? width : StandardWidth;

    public int Height => Console.WindowHeight is > 0 and var height ? height : StandardHeight;

    public bool Colors { get; }

    public void Write(string text)
    {
        _output.Write(text);
        _output.Flush();
    }

    public void Dispose() => _output.Dispose();
}
