using System.Diagnostics;

namespace Poise.Cli.Measuring;

/// <summary>
/// Takes the time between steps of a batch, on the engine's thread: from the moment when every sequence has read its prompt,
/// until each has been computed so many times more. All of them move together in between, one token each in a step.
/// </summary>
sealed class StepClock
{
    readonly long _started = Stopwatch.GetTimestamp();
    readonly bool[] _seen;
    readonly int _tokens;
    readonly Action _done;
    int _unseen, _left;
    long _read, _end;

    /// <param name="tokens">Tokens of each sequence after its first.</param>
    /// <param name="done">Called once, when the time is taken.</param>
    public StepClock(int sequences, int tokens, Action done)
    {
        _seen = new bool[sequences];
        _unseen = sequences;
        _tokens = tokens;
        _left = checked(sequences * tokens);
        _done = done;
    }

    public bool IsDone => _unseen == 0 && _left == 0;

    /// <summary>From the construction until the last prompt was read.</summary>
    public TimeSpan Prompts => Stopwatch.GetElapsedTime(_started, _read);

    /// <summary>From then on.</summary>
    public TimeSpan Steps => Stopwatch.GetElapsedTime(_read, _end);

    /// <summary>The logits of a sequence's next token are there.</summary>
    public void Computed(int sequence)
    {
        if (IsDone) return;
        if (_unseen > 0)
        {
            if (_seen[sequence]) return;
            _seen[sequence] = true;
            if (--_unseen > 0) return;
            _read = Stopwatch.GetTimestamp();
        }
        else _left--;

        if (!IsDone) return;
        _end = _tokens == 0 ? _read : Stopwatch.GetTimestamp();
        _done();
    }
}
