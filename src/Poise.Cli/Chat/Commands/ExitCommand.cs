namespace Poise.Cli.Chat.Commands;

sealed class ExitCommand : ChatCommand
{
    public override string Name => "/exit";

    public override string Help => "Leave";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        context.Leaves = true;
        return Task.CompletedTask;
    }
}
