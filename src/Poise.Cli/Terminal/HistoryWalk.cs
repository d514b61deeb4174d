namespace Poise.Cli.Terminal;

/// <summary>Goes through the history with the arrow keys; what was being typed waits at the end.</summary>
sealed class HistoryWalk(History history)
{
    int _at = history.Entries.Count;
    string _draft = "";

    public void Older(EditBuffer buffer)
    {
        if (_at == 0) return;
        if (_at == history.Entries.Count) _draft = buffer.Text;
        buffer.Set(history.Entries[--_at]);
    }

    public void Newer(EditBuffer buffer)
    {
        if (_at == history.Entries.Count) return;
        _at++;
        buffer.Set(_at == history.Entries.Count ? _draft : history.Entries[_at]);
    }
}
