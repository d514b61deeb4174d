using Poise.Tensors;

namespace Poise.Cli.Chat.Commands;

sealed class EditCommand : ChatCommand
{
    public override string Name => "/edit";

    public override string Help => "Take your last message back to the editor; its answer is dropped";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        string text = context.Conversation.TakeLastUser() ?? throw new PoiseException("there is no message to edit");
        // It must come back as the message it was, not as a command.
        context.Draft = text.StartsWith('/') ? "/" + text : text;
        return Task.CompletedTask;
    }
}
