using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Documents;

/// <summary>A document: its text, and the words that it has in its slots.</summary>
sealed record WrittenDocument(DocumentForm Form, string Text, IReadOnlyDictionary<string, string> Words)
{
    /// <summary>Writes one: title first, then the sentences in any order, some left out.</summary>
    public static WrittenDocument Write(Draft draft, DocumentForm form)
    {
        draft.Bound.Clear();
        var parts = new List<string> { draft.Fill(draft.Random.Pick(form.Titles)) };
        int count = draft.Random.Between(2, 4);
        foreach (string sentence in Chosen(draft, form.Sentences, count)) parts.Add(Inflection.Capital(draft.Fill(sentence)));
        var words = new Dictionary<string, string>(draft.Bound, StringComparer.Ordinal);
        draft.Bound.Clear();
        return new WrittenDocument(form, string.Join(' ', parts.Select(Inflection.Capital)), words);
    }

    // Two sentences for the same slot would contradict each other.
    static IEnumerable<string> Chosen(Draft draft, IReadOnlyList<string> sentences, int count)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (string sentence in draft.Random.Shuffle(sentences))
        {
            string[] slots = [.. SlotsOf(sentence)];
            if (count == 0 || slots.Any(taken.Contains)) continue;
            taken.UnionWith(slots);
            count--;
            yield return sentence;
        }
    }

    static IEnumerable<string> SlotsOf(string pattern) =>
        pattern.Split('{').Skip(1).Select(part => part.Split('}')[0]).Where(inner => inner.Contains('=', StringComparison.Ordinal)).Select(inner => inner.Split('=')[0]);
}
