using Poise.Tensors;

namespace Poise.Cli.Chat.Commands;

sealed class ReasoningCommand : ChatCommand
{
    public override string Name => "/reasoning";

    public override string Arguments => "[on|off]";

    public override string Help => "Show or hide what the model thinks before it answers";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        context.View.ShowsReasoning = argument switch
        {
            "on" => true,
            "off" => false,
            "" => !context.View.ShowsReasoning,
            _ => throw new PoiseException("/reasoning takes on or off"),
        };
        context.View.Notice(context.View.ShowsReasoning ? "reasoning is shown" : "reasoning is hidden");
        return Task.CompletedTask;
    }

    public override IReadOnlyList<string> Complete(string argument) =>
        [.. ((string[])["off", "on"]).Where(name => name.StartsWith(argument, StringComparison.Ordinal))];
}
