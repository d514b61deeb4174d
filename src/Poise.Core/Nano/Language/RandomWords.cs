using System.Globalization;
using System.Text;

namespace Poise.Core.Nano.Language;

/// <summary>Words that mean nothing, and nouns from the lists: what can only be copied. The words of training and of tests are different ones.</summary>
static class RandomWords
{
    static readonly char[] s_consonants = [.. "bcdfghjklmnpqrstvwxz"], s_vowels = [.. "aeiouy"], s_letters = [.. "abcdefghijklmnopqrstuvwxyz"], s_glides = [.. "lrhn"];

    /// <summary>A word, a name, a number, a code or a noun.</summary>
    public static string Draw(Draft draft) => draft.Random.Below(100) switch
    {
        < 24 => Made(draft, Pronounceable),
        < 42 => Inflection.Capital(Made(draft, Pronounceable)),
        < 58 => Number(draft),
        < 64 => Made(draft, Code),
        _ => draft.Say(draft.Random.Pick(s_lists)),
    };

    /// <summary>Some words, no two alike.</summary>
    public static string[] Draw(Draft draft, int count)
    {
        var words = new List<string>();
        while (words.Count < count)
        {
            string word = Draw(draft);
            if (!words.Contains(word, StringComparer.OrdinalIgnoreCase)) words.Add(word);
        }
        return [.. words];
    }

    // Whatever is in the lists of words may stand in any text.
    static readonly string[] s_lists = ["thing", "animal", "place", "colour", "goods", "firstname", "town", "invented", "food"];

    static string Number(Draft draft) => draft.Number(10, draft.Random.Pick([99, 999, 9999, 99999, 999999])).ToString(CultureInfo.InvariantCulture);

    static string Made(Draft draft, Func<RandomStream, string> make) => Holdout.Draw(draft.Split, () => make(draft.Random), word => word);

    static string Pronounceable(RandomStream random)
    {
        var word = new StringBuilder();
        int syllables = random.Pick([1, 2, 2, 2, 3, 3, 4]);
        for (int i = 0; i < syllables; i++)
        {
            if (i > 0 || random.Chance(85)) word.Append(random.Pick(s_consonants));
            if (random.Chance(18)) word.Append(random.Pick(s_glides));
            word.Append(random.Pick(s_vowels));
            if (random.Chance(12)) word.Append(random.Pick(s_vowels));
        }
        if (syllables == 1 || random.Chance(45)) word.Append(random.Pick(s_consonants));
        return word.ToString();
    }

    static string Code(RandomStream random)
    {
        var code = new StringBuilder();
        for (int i = random.Between(1, 3); i > 0; i--) code.Append(char.ToUpperInvariant(random.Pick(s_letters)));
        if (random.Chance(50)) code.Append('-');
        for (int i = random.Between(1, 4); i > 0; i--) code.Append((char)('0' + random.Below(10)));
        return code.ToString();
    }
}
