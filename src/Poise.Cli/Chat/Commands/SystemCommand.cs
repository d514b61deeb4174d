namespace Poise.Cli.Chat.Commands;

sealed class SystemCommand : ChatCommand
{
    const string Removal = "-";

    public override string Name => "/system";

    public override string Arguments => "[TEXT]";

    public override string Help => "Show the instructions, or set them; a dash removes them";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        if (argument.Length > 0) context.Conversation.System = argument == Removal ? null : argument;
        context.View.Notice(context.Conversation.System is { } text ? $"instructions: {text}" : "no instructions");
        return Task.CompletedTask;
    }
}
