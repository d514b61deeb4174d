namespace Poise.Cli.Chat.Commands;

sealed class ClearCommand : ChatCommand
{
    public override string Name => "/clear";

    public override string Help => "Start anew; instructions, effort and tools stay";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        context.Conversation.Messages.Clear();
        context.View.Notice("a new conversation");
        return Task.CompletedTask;
    }
}
