using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Core.Generation;

namespace Poise.Tests.Client;

/// <summary>Makes a model of random weights say what a test wants: a mask that allows one token after the other. All else is the real path.</summary>
sealed class Script(int[] ids) : ITokenMask
{
    int _next;

    public static ChatOptions Options(LocalModel model, string text, GenerationOptions? generation = null)
    {
        int[] ids = model.Tokenizer.Encode(text, allowSpecial: true);
        return new ChatOptions { RawRepresentationFactory = _ => (generation ?? new GenerationOptions()) with { Mask = () => new Script(ids), MaxTokens = ids.Length } };
    }

    public bool TryFill(Span<ulong> allowed)
    {
        int id = ids[Math.Min(_next, ids.Length - 1)];
        allowed[id / 64] |= 1UL << (id % 64);
        return true;
    }

    public void Accept(int id) => _next++;
}
