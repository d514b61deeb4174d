namespace Poise.Cli.Terminal;

/// <summary>How an input ended.</summary>
enum EditOutcome
{
    Submitted,

    /// <summary>Ctrl-C where there was nothing to clear and the caller wants to know.</summary>
    Cancelled,

    /// <summary>Ctrl-D, Ctrl-C twice, or the terminal has gone.</summary>
    Closed,
}

/// <summary>Reads one input of one or more lines with a person's keys.</summary>
sealed class LineEditor(ITerminal terminal, IKeySource keys, History history, ICompleter? completer)
{
    static readonly TextStyle s_promptStyle = new(TextColor.Green, Bold: true);

    readonly EditBuffer _buffer = new();
    LiveRegion _region = new(terminal);
    HistoryWalk _walk = new(history);
    HistorySearch? _search;
    IReadOnlyList<string> _hints = [];
    bool _leaving;

    /// <param name="cancellable">Ctrl-C on an empty input cancels at once, instead of asking for a second one.</param>
    public async Task<(EditOutcome Outcome, string Text)> ReadAsync(string prompt, string initial, bool cancellable, CancellationToken cancellation)
    {
        _buffer.Set(initial);
        _region = new LiveRegion(terminal);
        _walk = new HistoryWalk(history);
        (_search, _hints, _leaving) = (null, [], false);
        var promptLine = new StyledLine(prompt, s_promptStyle);
        while (true)
        {
            Draw(promptLine);
            KeyPress? key = await keys.ReadAsync(cancellation);
            if (key is null || Handle(key.Value, cancellable) is not { } outcome)
            {
                if (key is not null) continue;
                outcome = EditOutcome.Closed;
            }
            _hints = [];
            _region.Show(EditorView.Layout(promptLine, _buffer.Text, _buffer.Cursor, terminal.Width).Lines);
            _region.Finish();
            return (outcome, _buffer.Text);
        }
    }

    EditOutcome? Handle(KeyPress key, bool cancellable)
    {
        bool leaving = _leaving;
        (_hints, _leaving) = ([], false);
        if (_search is not null && SearchTakes(key)) return null;
        switch (key.Key, key.Modifiers)
        {
            case (ConsoleKey.C, ConsoleModifiers.Control) when !key.IsPaste:
                return Clear(leaving, cancellable);
            case (ConsoleKey.D, ConsoleModifiers.Control):
                if (_buffer.Text.Length == 0) return EditOutcome.Closed;
                _buffer.DeleteRight();
                return null;
            case (ConsoleKey.Enter, ConsoleModifiers.None):
                if (!ContinuesAfterBackslash()) return EditOutcome.Submitted;
                return null;
            case (ConsoleKey.UpArrow, _) or (ConsoleKey.P, ConsoleModifiers.Control):
                if (!_buffer.Up()) _walk.Older(_buffer);
                return null;
            case (ConsoleKey.DownArrow, _) or (ConsoleKey.N, ConsoleModifiers.Control):
                if (!_buffer.Down()) _walk.Newer(_buffer);
                return null;
            case (ConsoleKey.R, ConsoleModifiers.Control):
                _search = new HistorySearch(history, _buffer);
                return null;
            case (ConsoleKey.L, ConsoleModifiers.Control):
                terminal.Write("\e[H\e[2J");
                _region = new LiveRegion(terminal);
                return null;
            case (ConsoleKey.Tab, ConsoleModifiers.None) when !key.IsPaste:
                Complete();
                return null;
        }
        if (EditorKeys.Find(key) is { } action && !key.IsPaste) action(_buffer);
        else if (key.IsTyped) _buffer.Insert(key.Text);
        return null;
    }

    EditOutcome? Clear(bool leaving, bool cancellable)
    {
        if (_buffer.Text.Length == 0)
        {
            if (cancellable) return EditOutcome.Cancelled;
            if (leaving) return EditOutcome.Closed;
            _leaving = true;
            _hints = ["Ctrl-C once more, or Ctrl-D, leaves"];
        }
        _buffer.Set("");
        _walk = new HistoryWalk(history);
        return null;
    }

    // An even number of backslashes is text.
    bool ContinuesAfterBackslash()
    {
        string text = _buffer.Text;
        int backslashes = text.Length - text.TrimEnd('\\').Length;
        if (backslashes % 2 == 0 || _buffer.Cursor < text.Length) return false;
        _buffer.Set(text[..^1] + "\n");
        return true;
    }

    bool SearchTakes(KeyPress key)
    {
        if (_search!.Take(key, _buffer)) return true;
        // Any other key takes what was found, and then does what it always does.
        bool consumed = _search.Ended || key.Key == ConsoleKey.Escape;
        _search = null;
        return consumed;
    }

    void Complete()
    {
        if (completer?.Complete(_buffer.Text, _buffer.Cursor) is not { Candidates.Count: > 0 } completion) return;
        string typed = _buffer.Text[completion.Start.._buffer.Cursor], rest = _buffer.Text[_buffer.Cursor..];
        IReadOnlyList<string> candidates = completion.Candidates;
        string common = candidates.Aggregate(CommonPrefix);
        if (candidates.Count == 1 && !common.EndsWith('/') && !rest.StartsWith(' ')) common += " ";
        if (common.Length > typed.Length) _buffer.Set(_buffer.Text[..completion.Start] + common + rest, completion.Start + common.Length);
        else if (candidates.Count > 1) _hints = candidates;
    }

    static string CommonPrefix(string left, string right)
    {
        int length = 0;
        while (length < left.Length && length < right.Length && left[length] == right[length]) length++;
        return left[..length];
    }

    void Draw(StyledLine prompt)
    {
        int width = terminal.Width;
        if (_search is not null) prompt = new StyledLine(_search.Prompt, TextStyle.Faint);
        (List<StyledLine> lines, (int, int) cursor) = EditorView.Layout(prompt, _buffer.Text, _buffer.Cursor, width);
        List<StyledLine> hints = _hints.Count == 0 ? [] : TextFlow.Wrap([new StyledRun(string.Join("  ", _hints), TextStyle.Faint)], width);
        if (hints.Count > terminal.Height / 2) hints = hints.GetRange(0, terminal.Height / 2);
        (lines, cursor) = EditorView.Window(lines, cursor, terminal.Height - hints.Count);
        _region.Show([.. lines, .. hints], cursor);
    }
}
