using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tensors;

namespace Poise.Core.Chat.Dialects;

/// <summary>One model family.</summary>
/// <param name="Name">As <see cref="IChatDialect.Name"/>.</param>
/// <param name="SpecialTokens">The tokens that its output is made of. The vocabulary of a model of the family has all of them, but for optional ones.</param>
/// <param name="Recognises">Whether a vocabulary is one of the family.</param>
/// <param name="Create">Makes the dialect. The renderer may be null for who only reads answers, and is not used where the format writes its prompts itself.</param>
/// <param name="Vocabulary">The vocabulary that all models of the family share, where Poise has it; otherwise null.</param>
public sealed record DialectRow(string Name, IReadOnlyList<string> SpecialTokens, Func<Tokenizer, bool> Recognises, Func<Tokenizer, IPromptRenderer?, IChatDialect> Create, Func<Tokenizer>? Vocabulary = null);

/// <summary>Every dialect, one row each. The first that recognises a vocabulary is it; the last one recognises all.</summary>
public static class Dialects
{
    public static IReadOnlyList<DialectRow> All { get; } =
    [
        new(HarmonyDialect.DialectName, HarmonyDialect.SpecialTokens, Harmony.HarmonyVocabulary.Fits, (tokenizer, _) => new HarmonyDialect(tokenizer), () => BuiltInVocabulary.Harmony),
        new(Llama3Dialect.DialectName, Llama3Dialect.SpecialTokens, Llama3Dialect.Fits, (tokenizer, renderer) => new Llama3Dialect(tokenizer, renderer)),
        new(PlainDialect.DialectName, ["<|endoftext|>", "</s>"], _ => true, (tokenizer, renderer) => new PlainDialect(tokenizer, renderer)),
    ];

    /// <summary>The row of a name.</summary>
    /// <exception cref="PoiseException">There is none.</exception>
    public static DialectRow Find(string name) => All.FirstOrDefault(row => row.Name == name)
        ?? throw new PoiseException($"There is no dialect \"{name}\"; known are {string.Join(", ", All.Select(row => row.Name))}.");

    /// <summary>The dialect of a model, by its vocabulary.</summary>
    public static IChatDialect For(Tokenizer tokenizer, IPromptRenderer? renderer) => All.First(row => row.Recognises(tokenizer)).Create(tokenizer, renderer);
}
