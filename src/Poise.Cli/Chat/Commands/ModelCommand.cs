using Microsoft.Extensions.AI;

namespace Poise.Cli.Chat.Commands;

sealed class ModelCommand : ChatCommand
{
    public override string Name => "/model";

    public override string Arguments => "[PATH]";

    public override string Help => "Show the model, or go on with another one";

    public override async Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        if (argument.Length > 0)
        {
            string path = PathArgument.Expand(Name, argument);
            // The old model stays open until the new one is: a mistyped path costs nothing.
            IChatClient client = await context.OpenModel(path, cancellation);
            context.Session.SwitchTo(client, path);
        }
        context.View.Notice($"model: {context.Conversation.Model}");
    }

    public override IReadOnlyList<string> Complete(string argument) => PathArgument.Complete(argument);
}
