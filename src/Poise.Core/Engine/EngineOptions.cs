using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Cache;

namespace Poise.Core.Engine;

/// <summary>What an engine may use. None of it but an adapter changes a bit of any answer.</summary>
public sealed record EngineOptions
{
    const long StandardCache = 2L << 30;

    /// <summary>
    /// Bytes for the KV cache of all sequences together, kept prefixes included. A request that could never fit is refused;
    /// others wait. 0: 2 GiB, or what one sequence of a stated <see cref="ContextLength"/> needs, if that is more.
    /// </summary>
    public long CacheBytes { get; init; }

    /// <summary>Sequences computed at once; more wait in order of arrival.</summary>
    public int MaxSequences { get; init; } = 32;

    /// <summary>Prompt tokens read in one step, 1 to 1024; 0: what suits the model, 256, or more where its experts are read from the disk.</summary>
    public int PromptChunk { get; init; }

    /// <summary>The same while other sequences are writing their answers: smaller steps keep those fluent.</summary>
    public int PromptChunkBesideAnswers { get; init; } = 64;

    /// <summary>Whether prompts begin with the pages of equal prefixes that are still in memory.</summary>
    public bool ReusePrefixes { get; init; } = true;

    /// <summary>
    /// Up to so many tokens that followed the last ones earlier in the same sequence are computed with them, 0 to 16, and taken
    /// as far as they are what comes. How many is found for each sequence by how often that was right; 0: none.
    /// </summary>
    public int DraftTokens { get; init; } = 7;

    /// <summary>Acts on sequences whose request names no adapter of its own; null: the model as it is. It does change answers.</summary>
    public LoadedAdapter? Adapter { get; init; }

    /// <summary>The longest sequence, prompt and answer; 0 for what the model takes, as far as it fits into <see cref="CacheBytes"/>.</summary>
    public int ContextLength { get; init; }

    /// <summary>
    /// Bytes of KV cache with which so many sequences run at once, none waiting for another's memory, and with which all that
    /// they have computed stays for reuse, windowed layers included.
    /// </summary>
    /// <param name="tokens">Prompt and answer of each.</param>
    public static long CacheBytesFor(Model model, int tokens, int sequences)
    {
        CacheGroups groups = (model as DecoderModel ?? throw new ArgumentException("The engine runs decoder models.", nameof(model))).Groups;
        // Two pages more for what is computed again before it is found to be there, and one sequence more for admission, which counts idle pages twice.
        long pages = KeyValueLayout.PagesFor(tokens) + 2L;
        long kept = groups.Layouts.Sum(layout => checked(pages * layout.PageBytes));
        return checked(kept * (sequences + 1L));
    }

    internal EngineOptions Checked(int modelContext, int passRows, CacheGroups groups)
    {
        Range(CacheBytes, 0, long.MaxValue, nameof(CacheBytes));
        Range(MaxSequences, 1, 4096, nameof(MaxSequences));
        Range(PromptChunk, 0, DecoderModel.MostPassRows, nameof(PromptChunk));
        Range(PromptChunkBesideAnswers, 1, DecoderModel.MostPassRows, nameof(PromptChunkBesideAnswers));
        Range(DraftTokens, 0, InferenceEngine.DraftRows, nameof(DraftTokens));
        Range(ContextLength, 0, modelContext, nameof(ContextLength));
        if (PromptChunk == 0) return (this with { PromptChunk = passRows }).Checked(modelContext, passRows, groups);
        EngineOptions options = CacheBytes > 0 ? this : this with { CacheBytes = Math.Max(StandardCache, groups.MostBytes(Math.Max(1, ContextLength), PromptChunk)) };
        return options with { ContextLength = ContextLength == 0 ? options.Longest(modelContext, groups) : ContextLength };
    }

    int Longest(int modelContext, CacheGroups groups)
    {
        int fits = 0;
        for (int step = int.MaxValue / 2 + 1; step > 0; step /= 2)
            if (fits <= modelContext - step && groups.MostBytes(fits + step, PromptChunk) <= CacheBytes) fits += step;
        if (fits == 0) throw new PoiseException($"The engine's option {nameof(CacheBytes)} is {CacheBytes}: one token of this model needs {groups.MostBytes(1, PromptChunk)}.");
        return fits;
    }

    static void Range(long value, long least, long most, string name)
    {
        if (value < least || value > most) throw new PoiseException($"The engine's option {name} is {value}: it can be {least} to {most}.");
    }
}
