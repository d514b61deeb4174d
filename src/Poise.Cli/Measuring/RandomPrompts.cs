using Poise.Core.Library;
using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Cli.Measuring;

/// <summary>Prompts of random ids, the same for the same seed: each token routes to experts of its own, and no two prompts begin alike.</summary>
sealed class RandomPrompts
{
    readonly ulong _seed;
    readonly int[] _ids;
    ulong _stream;

    /// <param name="ids">The ids to draw from.</param>
    public RandomPrompts(ulong seed, int[] ids)
    {
        if (ids.Length == 0) throw new PoiseException("this model's vocabulary has special tokens only: there is nothing to make a prompt of");
        _seed = seed;
        _ids = ids;
    }

    /// <summary>Draws from the ids of a model that user text can have. Without a tokenizer nobody knows which are special, and all are drawn.</summary>
    public static RandomPrompts For(ModelPackage package, ulong seed)
    {
        Tokenizer? tokenizer = FindTokenizer(package);
        int count = Math.Min(package.Config.VocabularySize, tokenizer?.VocabularySize ?? int.MaxValue);
        return new RandomPrompts(seed, [.. Enumerable.Range(0, count).Where(id => tokenizer is null || !tokenizer.IsSpecial(id))]);
    }

    /// <summary>The next prompt.</summary>
    public int[] Next(int tokens)
    {
        var prompt = new int[tokens];
        ulong stream = _stream++;
        for (int i = 0; i < tokens; i++) prompt[i] = _ids[(int)(Philox.Generate(_seed, stream, (ulong)i).X0 % (uint)_ids.Length)];
        return prompt;
    }

    static Tokenizer? FindTokenizer(ModelPackage package)
    {
        try
        {
            return package.Tokenizer;
        }
        catch (PoiseException)
        {
            // Speed can be measured without one.
            return null;
        }
    }
}
