using Poise.Tensors;

namespace Poise.Cli.Terminal;

/// <summary>What was sent before, oldest first. Kept in a file where there is one.</summary>
sealed class History(HistoryFile? file)
{
    HistoryFile? _file = file;
    readonly List<string> _entries = [.. file?.Read() ?? []];

    public IReadOnlyList<string> Entries => _entries;

    /// <summary>Why entries are not being kept any more; the person is told once.</summary>
    public string? Problem { get; private set; }

    public void Add(string entry)
    {
        if (string.IsNullOrWhiteSpace(entry) || (_entries.Count > 0 && _entries[^1] == entry)) return;
        _entries.Add(entry);
        try
        {
            _file?.Append(entry);
        }
        catch (PoiseException error)
        {
            // The conversation matters more than its history.
            _file = null;
            Problem = $"the history is not kept: {error.Message}";
        }
    }

    /// <summary>The index of the latest entry before another that holds a text, or -1.</summary>
    public int Find(string text, int before)
    {
        for (int i = Math.Min(before, _entries.Count) - 1; i >= 0; i--)
            if (_entries[i].Contains(text, StringComparison.OrdinalIgnoreCase)) return i;
        return -1;
    }
}
