namespace Poise.Cli.Chat.Commands;

sealed class LoadCommand : ChatCommand
{
    public override string Name => "/load";

    public override string Arguments => "FILE";

    public override string Help => "Go on with a conversation that /save wrote";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        string path = PathArgument.Expand(Name, argument);
        Conversation loaded = ConversationFile.Read(path);
        context.Conversation.CopyFrom(loaded);
        string other = loaded.Model == context.Conversation.Model ? "" : $"; it was held with {loaded.Model}";
        context.View.Notice($"loaded {path}: {loaded.Messages.Count} messages{other}");
        return Task.CompletedTask;
    }

    public override IReadOnlyList<string> Complete(string argument) => PathArgument.Complete(argument);
}
