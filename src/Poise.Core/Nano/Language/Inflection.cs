using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>What a word becomes in its place: capital letters, English articles, French contractions and elisions.</summary>
static class Inflection
{
    const string FrenchVowels = "aeiouyhàâéèêëîïôûœAEIOUYHÀÂÉÈÊËÎÏÔÛŒ";

    public static string Of(string word, string form) => form switch
    {
        "cap" => Capital(word),
        "low" => char.ToLowerInvariant(word[0]) + word[1..],
        "a" => (StartsWithEnglishVowel(word) ? "an " : "a ") + word,
        "A" => (StartsWithEnglishVowel(word) ? "An " : "A ") + word,
        "bare" => Bare(word),
        "def" => French.Definite(word),
        "de" => Contracted(word, "de", "du", "des"),
        "au" => Contracted(word, "à", "au", "aux"),
        "que" => StartsWithFrenchVowel(word) ? "qu'" + word : "que " + word,
        _ => throw new PoiseException($"\"{form}\" is no form of a word."),
    };

    /// <summary>The text with its first letter large.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>A French noun without its article.</summary>
    static string Bare(string noun)
    {
        foreach (string article in (string[])["le ", "la ", "les ", "l'", "un ", "une ", "the ", "a ", "an "])
            if (noun.StartsWith(article, StringComparison.Ordinal)) return noun[article.Length..];
        return noun;
    }

    static string Contracted(string word, string preposition, string masculine, string plural)
    {
        if (word.StartsWith("le ", StringComparison.Ordinal)) return masculine + word[2..];
        if (word.StartsWith("les ", StringComparison.Ordinal)) return plural + word[3..];
        if (preposition == "de" && StartsWithFrenchVowel(word)) return "d'" + word;
        return preposition + " " + word;
    }

    // "h" is mute in the names and nouns of the corpus; "y" begins none of its nouns.
    static bool StartsWithFrenchVowel(string word) => word.Length > 0 && FrenchVowels.Contains(word[0], StringComparison.Ordinal);

    static bool StartsWithEnglishVowel(string word) =>
        word.Length > 0 && "aeiouAEIOU".Contains(word[0], StringComparison.Ordinal) && !word.StartsWith("uni", StringComparison.Ordinal) && !word.StartsWith("one", StringComparison.Ordinal);
}
