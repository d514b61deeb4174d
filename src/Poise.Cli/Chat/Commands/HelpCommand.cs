namespace Poise.Cli.Chat.Commands;

sealed class HelpCommand : ChatCommand
{
    const string Keys = """
        Enter sends; Alt-Enter, Ctrl-J or a backslash at the end of the line begins a new line.
        Up and Down walk through what was sent, Ctrl-R searches it, Tab completes commands and files.
        Ctrl-L clears the screen, Ctrl-C the line, or stops an answer; twice on an empty line, or Ctrl-D, leaves.
        """;

    public override string Name => "/help";

    public override string Help => "List the commands and keys";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        int width = CommandTable.All.Max(c => Usage(c).Length);
        IEnumerable<string> rows = CommandTable.All.Select(c => $"{Usage(c).PadRight(width)}  {c.Help}");
        context.View.Notice(string.Join('\n', rows) + "\n\n" + Keys.ReplaceLineEndings("\n"));
        return Task.CompletedTask;
    }

    static string Usage(ChatCommand command) => $"{command.Name} {command.Arguments}".TrimEnd();
}
