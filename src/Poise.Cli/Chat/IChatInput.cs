using Microsoft.Extensions.AI;

namespace Poise.Cli.Chat;

/// <summary>Where the person's words come from.</summary>
interface IChatInput
{
    /// <summary>Whether a line that begins with a slash is a command. Lines of a script are data and never commands.</summary>
    bool TakesCommands { get; }

    /// <param name="draft">Text that waits in the editor, where there is one.</param>
    /// <returns>Null at the end.</returns>
    Task<string?> ReadMessageAsync(string draft, CancellationToken cancellation);

    /// <returns>Null where the person gives none.</returns>
    Task<string?> ReadToolResultAsync(FunctionCallContent call, CancellationToken cancellation);

    /// <summary>Until it is disposed, the person can stop the answer.</summary>
    IAsyncDisposable StopWith(CancellationTokenSource answer);
}
