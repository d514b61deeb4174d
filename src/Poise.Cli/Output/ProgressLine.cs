using System.Diagnostics;

namespace Poise.Cli.Output;

/// <summary>One line on standard error that is rewritten in place; silent where standard error is not a terminal.</summary>
sealed class ProgressLine
{
    readonly bool _shown = !Console.IsErrorRedirected;
    long _last;
    int _width;

    /// <summary>May be called often: it writes at most ten times a second.</summary>
    public void Show(string what, long done, long total)
    {
        if (!_shown || (done < total && Stopwatch.GetElapsedTime(_last).TotalSeconds < 0.1)) return;
        _last = Stopwatch.GetTimestamp();
        string text = total > 0 ? $"{what} {100.0 * done / total:0} %" : what;
        Console.Error.Write("\r" + text.PadRight(_width));
        _width = text.Length;
    }

    public void Clear()
    {
        if (_width == 0) return;
        Console.Error.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }
}
