using System.Globalization;

namespace Poise.Cli.Measuring;

/// <summary>How long a run will still take, by the speeds that it has seen so far.</summary>
sealed class RemainingTime
{
    readonly int _rounds;
    double _perPromptToken, _perStep;
    long _promptTokens, _steps;

    /// <param name="rounds">Of each measurement, warm-up included.</param>
    public RemainingTime(IReadOnlyList<Measurement> measurements, int rounds)
    {
        _rounds = rounds;
        foreach (Measurement measurement in measurements)
        {
            _promptTokens += Prompt(measurement);
            _steps += (long)Steps(measurement) * rounds;
        }
    }

    /// <summary>Prompts are drawn and read in every round, but those before decoding once.</summary>
    long Prompt(Measurement measurement) => measurement.IsDecode
        ? (long)measurement.Batch * measurement.Depth
        : (long)measurement.Batch * measurement.Tokens * _rounds;

    static int Steps(Measurement measurement) => measurement.IsDecode ? measurement.Tokens : 0;

    /// <summary>Prompt tokens have been read.</summary>
    public void Read(long tokens, TimeSpan time)
    {
        _promptTokens -= tokens;
        if (tokens > 0) _perPromptToken = time.TotalSeconds / tokens;
    }

    /// <summary>Steps of decoding are done.</summary>
    public void Decoded(int steps, TimeSpan time)
    {
        _steps -= steps;
        if (steps > 0) _perStep = time.TotalSeconds / steps;
    }

    /// <summary>Seconds, or null while a speed that matters is unknown.</summary>
    public double? Seconds =>
        (_promptTokens > 0 && _perPromptToken == 0) || (_steps > 0 && _perStep == 0) ? null : _promptTokens * _perPromptToken + _steps * _perStep;

    /// <summary>For the end of a line of progress: empty, or <c>, about 3 min left</c>.</summary>
    public override string ToString() => Seconds switch
    {
        null or < 1 => "",
        < 100 and var s => string.Create(CultureInfo.InvariantCulture, $", about {s:0} s left"),
        var s => string.Create(CultureInfo.InvariantCulture, $", about {s / 60:0} min left"),
    };
}
