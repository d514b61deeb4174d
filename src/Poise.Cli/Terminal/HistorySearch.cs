namespace Poise.Cli.Terminal;

/// <summary>Ctrl-R: the latest entry that holds what is typed; again, the one before it.</summary>
sealed class HistorySearch(History history, EditBuffer buffer)
{
    readonly string _draft = buffer.Text;
    string _query = "";
    int _at = history.Entries.Count;
    bool _failed;

    public string Prompt => $"({(_failed ? "not found" : "search")}: {_query.ReplaceLineEndings(" ")}) ";

    /// <summary>Given up: the draft is back.</summary>
    public bool Ended { get; private set; }

    /// <summary>False where the key is none of the search's.</summary>
    public bool Take(KeyPress key, EditBuffer buffer)
    {
        switch (key.Key, key.Modifiers)
        {
            case (ConsoleKey.R, ConsoleModifiers.Control):
                Find(_at, buffer);
                return true;
            case (ConsoleKey.Backspace, ConsoleModifiers.None):
                if (_query.Length > 0) _query = _query[..^(char.IsLowSurrogate(_query[^1]) && _query.Length > 1 ? 2 : 1)];
                Find(history.Entries.Count, buffer);
                return true;
            case (ConsoleKey.C or ConsoleKey.G, ConsoleModifiers.Control):
                buffer.Set(_draft);
                Ended = true;
                return false;
        }
        if (!key.IsTyped) return false;
        _query += key.Text;
        // The entry that is shown may still hold the longer text.
        Find(Math.Min(_at + 1, history.Entries.Count), buffer);
        return true;
    }

    void Find(int before, EditBuffer buffer)
    {
        int found = _query.Length == 0 ? -1 : history.Find(_query, before);
        _failed = found < 0 && _query.Length > 0;
        if (found < 0) return;
        _at = found;
        buffer.Set(history.Entries[found]);
    }
}
