using System.Diagnostics;
using System.Globalization;

namespace Poise.Cli.Verbs;

/// <summary>Times of one run. Reading the prompt ends with the first new token, so that token counts as part of the reading.</summary>
sealed class RunStatistics(TimeSpan load, int promptTokens)
{
    readonly long _started = Stopwatch.GetTimestamp();
    long _first;
    long _last;

    public int NewTokens { get; private set; }

    public void CountToken()
    {
        _last = Stopwatch.GetTimestamp();
        if (NewTokens++ == 0) _first = _last;
    }

    /// <summary>The end of the answer, which may come a token's time after its last token (the stop token is computed too).</summary>
    public void Stop()
    {
        if (NewTokens == 0) _first = Stopwatch.GetTimestamp();
    }

    public override string ToString()
    {
        string reading = Rate(promptTokens, Stopwatch.GetElapsedTime(_started, _first));
        string writing = Rate(NewTokens - 1, Stopwatch.GetElapsedTime(_first, _last));
        return string.Create(CultureInfo.InvariantCulture,
            $"prompt: {promptTokens} tokens, {reading}; answer: {NewTokens} tokens, {writing}; loaded in {load.TotalSeconds:0.00} s");
    }

    static string Rate(int tokens, TimeSpan time) => tokens < 1 || time <= TimeSpan.Zero
        ? "- tok/s"
        : string.Create(CultureInfo.InvariantCulture, $"{tokens / time.TotalSeconds:0.0} tok/s");
}
