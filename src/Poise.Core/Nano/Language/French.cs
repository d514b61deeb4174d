using System.Text.RegularExpressions;

namespace Poise.Core.Nano.Language;

/// <summary>French elision after the fact: rules write "de", and the word that follows decides.</summary>
static partial class French
{
    public static string Elide(string text) => Elidable().Replace(text, "$1'");

    // Some nouns of the corpus keep their article whole: their h counts as a consonant.
    static readonly string[] s_aspirated = ["hibou", "hérisson", "hamster", "haut-parleur", "homard"];

    /// <summary>A noun with its indefinite article, made definite: "un renard" to "le renard".</summary>
    public static string Definite(string noun)
    {
        int space = noun.IndexOf(' ');
        if (space < 0 || noun[..space] is not ("un" or "une")) return noun;
        string bare = noun[(space + 1)..];
        bool vowel = "aeiouhâàéèêëîïôûœ".Contains(bare[0], StringComparison.Ordinal) && !s_aspirated.Contains(bare);
        return vowel ? "l'" + bare : (noun[..space] == "un" ? "le " : "la ") + bare;
    }

    [GeneratedRegex(@"(?<!-)\b([dD]|[qQ]u|[nN]|[jJ]|[sS]|lorsqu|puisqu)e (?=[aeiouâàéèêëîïôûœAEIOUÂÀÉÈÊËÎÏÔÛŒ])", RegexOptions.CultureInvariant)]
    private static partial Regex Elidable();
}
