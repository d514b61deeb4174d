using Poise.Tensors;

namespace Poise.Cli.Chat.Commands;

sealed class RetryCommand : ChatCommand
{
    public override string Name => "/retry";

    public override string Help => "Answer your last message again, with a new seed";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        Conversation conversation = context.Conversation;
        string text = conversation.TakeLastUser() ?? throw new PoiseException("there is no message to answer again");
        conversation.AddUser(text);
        conversation.ChangeSeed();
        context.WantsAnswer = true;
        return Task.CompletedTask;
    }
}
