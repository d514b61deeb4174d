namespace Poise.Cli.Chat.Commands;

/// <summary>One word after a slash: what it takes, and what it does.</summary>
abstract class ChatCommand
{
    /// <summary>With the slash.</summary>
    public abstract string Name { get; }

    /// <summary>What follows the name, as the help shows it.</summary>
    public virtual string Arguments => "";

    /// <summary>One sentence.</summary>
    public abstract string Help { get; }

    /// <param name="argument">What follows the name, trimmed; empty where nothing does.</param>
    public abstract Task RunAsync(ChatContext context, string argument, CancellationToken cancellation);

    /// <summary>What may stand in place of a half-typed argument.</summary>
    public virtual IReadOnlyList<string> Complete(string argument) => [];
}
