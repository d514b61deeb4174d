using Poise.Cli.Terminal;

namespace Poise.Cli.Chat.Commands;

/// <summary>Completes commands and what follows them.</summary>
sealed class CommandCompleter : ICompleter
{
    public Completion? Complete(string text, int cursor)
    {
        if (!CommandTable.IsCommand(text)) return null;
        int nameEnd = text.AsSpan().IndexOfAny(' ', '\n');
        if (nameEnd < 0 || cursor <= nameEnd)
        {
            string typed = text[..cursor];
            return new Completion(0, [.. CommandTable.All.Select(c => c.Name).Where(name => name.StartsWith(typed, StringComparison.Ordinal)).Order(StringComparer.Ordinal)]);
        }
        ChatCommand? command = CommandTable.All.FirstOrDefault(c => c.Name == text[..nameEnd]);
        int start = nameEnd;
        while (start < cursor && text[start] == ' ') start++;
        return command is null ? null : new Completion(start, command.Complete(text[start..cursor]));
    }
}
