using Poise.Tensors;

namespace Poise.Cli.Chat.Commands;

sealed class EffortCommand : ChatCommand
{
    const string Standard = "default";

    public override string Name => "/effort";

    public override string Arguments => "[low|medium|high|default]";

    public override string Help => "Show or set how much the model reasons before it answers";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        if (argument == Standard) context.Conversation.Effort = null;
        else if (argument.Length > 0)
            context.Conversation.Effort = EffortNames.Parse(argument) ?? throw new PoiseException($"/effort takes {string.Join(", ", EffortNames.All)} or {Standard}");
        context.View.Notice("effort: " + (context.Conversation.Effort is { } effort ? EffortNames.Of(effort) : "what the model does by itself"));
        return Task.CompletedTask;
    }

    public override IReadOnlyList<string> Complete(string argument) =>
        [.. EffortNames.All.Append(Standard).Where(name => name.StartsWith(argument, StringComparison.Ordinal))];
}
