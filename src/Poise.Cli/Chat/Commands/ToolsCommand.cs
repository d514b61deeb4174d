namespace Poise.Cli.Chat.Commands;

sealed class ToolsCommand : ChatCommand
{
    const string Removal = "-";

    public override string Name => "/tools";

    public override string Arguments => "[FILE]";

    public override string Help => "List the tools, or read them from a JSON file of function definitions; a dash removes them";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        if (argument == Removal) context.Conversation.Tools = [];
        else if (argument.Length > 0) context.Conversation.Tools = ToolFile.Read(PathArgument.Expand(Name, argument));
        IEnumerable<string> rows = context.Conversation.Tools.Select(tool => $"{tool.Name}  {tool.Description}".TrimEnd());
        context.View.Notice(context.Conversation.Tools.Count == 0 ? "no tools" : string.Join('\n', rows));
        return Task.CompletedTask;
    }

    public override IReadOnlyList<string> Complete(string argument) => PathArgument.Complete(argument);
}
