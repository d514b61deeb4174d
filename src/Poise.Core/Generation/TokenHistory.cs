namespace Poise.Core.Generation;

/// <summary>What one sequence holds, as the penalties count it: the answer's tokens, and those of prompt and answer inside the window.</summary>
sealed class TokenHistory
{
    readonly List<int> _generated = [];
    readonly Dictionary<int, int> _generatedCounts = [];

    // Null where no repetition penalty asks.
    readonly Dictionary<int, int>? _seenCounts;

    // The tokens inside the window, oldest first; null where the window is everything.
    readonly Queue<int>? _window;
    readonly int _windowSize;

    public TokenHistory(GenerationOptions options, ReadOnlySpan<int> prompt)
    {
        if (options.RepetitionPenalty == 1) return;
        _seenCounts = [];
        _windowSize = options.PenaltyWindow;
        if (_windowSize > 0) _window = new Queue<int>(Math.Min(_windowSize, 4096));
        foreach (int id in prompt) See(id);
    }

    public IReadOnlyList<int> Generated => _generated;

    /// <summary>How often the answer holds each id that it holds.</summary>
    public Dictionary<int, int> GeneratedCounts => _generatedCounts;

    /// <summary>The ids that the repetition penalty meets, with counts above 0.</summary>
    public Dictionary<int, int>? SeenCounts => _seenCounts;

    public void Add(int id)
    {
        _generated.Add(id);
        _generatedCounts[id] = _generatedCounts.GetValueOrDefault(id) + 1;
        if (_seenCounts is not null) See(id);
    }

    void See(int id)
    {
        _seenCounts![id] = _seenCounts.GetValueOrDefault(id) + 1;
        if (_window is null) return;
        _window.Enqueue(id);
        if (_window.Count <= _windowSize) return;
        int oldest = _window.Dequeue();
        if (--_seenCounts[oldest] == 0) _seenCounts.Remove(oldest);
    }
}
