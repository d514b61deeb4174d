namespace Poise.Cli.Chat.Commands;

sealed class SaveCommand : ChatCommand
{
    public override string Name => "/save";

    public override string Arguments => "FILE";

    public override string Help => "Write the conversation to a JSON file";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        string path = PathArgument.Expand(Name, argument);
        ConversationFile.Write(path, context.Conversation);
        context.View.Notice($"saved to {path}");
        return Task.CompletedTask;
    }

    public override IReadOnlyList<string> Complete(string argument) => PathArgument.Complete(argument);
}
