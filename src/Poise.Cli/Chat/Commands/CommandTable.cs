using Poise.Tensors;

namespace Poise.Cli.Chat.Commands;

/// <summary>Every command, one line each, in the order of /help.</summary>
static class CommandTable
{
    public static IReadOnlyList<ChatCommand> All { get; } =
    [
        new HelpCommand(),
        new SystemCommand(),
        new EffortCommand(),
        new ReasoningCommand(),
        new ToolsCommand(),
        new SaveCommand(),
        new LoadCommand(),
        new RetryCommand(),
        new EditCommand(),
        new ClearCommand(),
        new StatsCommand(),
        new ModelCommand(),
        new ExitCommand(),
    ];

    /// <summary>A text that begins with two slashes is a text that begins with one.</summary>
    public static bool IsCommand(string text) => text.StartsWith('/') && !text.StartsWith("//", StringComparison.Ordinal);

    public static string Unescape(string text) => text.StartsWith("//", StringComparison.Ordinal) ? text[1..] : text;

    public static Task RunAsync(ChatContext context, string text, CancellationToken cancellation)
    {
        (string name, string argument) = Split(text);
        ChatCommand command = All.FirstOrDefault(c => c.Name == name)
            ?? throw new PoiseException($"there is no command {name}: /help lists them; a text that begins with a slash is written with two (//)");
        if (argument.Length > 0 && command.Arguments.Length == 0) throw new PoiseException($"{name} takes nothing after it");
        return command.RunAsync(context, argument, cancellation);
    }

    static (string Name, string Argument) Split(string text)
    {
        int end = text.AsSpan().IndexOfAny(' ', '\n', '\t');
        return end < 0 ? (text, "") : (text[..end], text[end..].Trim());
    }
}
