using Microsoft.Extensions.AI;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary>Where `poise chat` gets the model to talk with.</summary>
static class ChatClients
{
    /// <param name="path">As the person wrote it.</param>
    /// <param name="context">Tokens; 0 is what the model allows.</param>
    public static Task<IChatClient> OpenAsync(string path, LoadOptions load, int context, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        throw new PoiseException($"{path}: chat is not available in this build");
    }
}
