using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Poise.Core.Models;

namespace Poise.Tests.Conformance;

/// <summary>SHA-256 of logits, for comparisons to the bit.</summary>
static class LogitsDigest
{
    public static string Of(ReadOnlySpan<float> logits) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(logits)));

    /// <summary>Seeded tokens, as many as asked for or as the context holds.</summary>
    public static int[] Tokens(ModelConfig config, int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Math.Min(count, config.ContextLength)).Select(_ => random.Next(config.VocabularySize))];
    }

    /// <summary>All logits of a prompt that enters in chunks.</summary>
    public static string InChunks(Model model, int[] tokens, int chunk)
    {
        using Sequence sequence = model.CreateSequence(tokens.Length);
        float[] logits = new float[tokens.Length * model.Config.VocabularySize];
        for (int start = 0; start < tokens.Length; start += chunk)
            model.Forward([new Segment(sequence, tokens.AsMemory(start, Math.Min(chunk, tokens.Length - start)), Math.Min(chunk, tokens.Length - start))], logits.AsSpan(start * model.Config.VocabularySize));
        return Of(logits);
    }

    /// <summary>All logits of a prompt whose chunks share their passes with sequences of other lengths.</summary>
    public static string InCompany(Model model, int[] tokens, int chunk)
    {
        int vocabulary = model.Config.VocabularySize, context = tokens.Length;
        using Sequence own = model.CreateSequence(context), before = model.CreateSequence(context), after = model.CreateSequence(context);
        int[] first = Tokens(model.Config, context, 2), second = Tokens(model.Config, context, 3);
        float[] logits = new float[tokens.Length * vocabulary], all = new float[(2 * chunk + 40) * vocabulary];
        for (int start = 0; start < tokens.Length; start += chunk)
        {
            int count = Math.Min(chunk, tokens.Length - start), one = Math.Min(1 + start % 5, context - before.Length), two = Math.Min(1 + start % 37, context - after.Length);
            var batch = new List<Segment>();
            if (one > 0) batch.Add(new Segment(before, first.AsMemory(before.Length, one)));
            batch.Add(new Segment(own, tokens.AsMemory(start, count), count));
            if (two > 0) batch.Add(new Segment(after, second.AsMemory(after.Length, two), two));
            model.Forward(CollectionsMarshal.AsSpan(batch), all);
            all.AsSpan((one > 0 ? 1 : 0) * vocabulary, count * vocabulary).CopyTo(logits.AsSpan(start * vocabulary));
        }

        return Of(logits);
    }
}
