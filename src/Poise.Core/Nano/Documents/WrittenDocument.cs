using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Documents;

/// <summary>A document: its text, and the words that it has in its slots.</summary>
sealed record WrittenDocument(DocumentForm Form, string Text, IReadOnlyDictionary<string, string> Words)
{
    /// <summary>Writes one: title first, then the sentences in any order, some left out.</summary>
    public static WrittenDocument Write(Draft draft, DocumentForm form)
    {
        draft.Bound.Clear();
        var parts = new List<string> { draft.Fill(draft.Random.Pick([.. form.Titles.Where(t => t.Split == draft.Split)]).Text) };
        int count = draft.Random.Between(2, Math.Min(5, form.Sentences.Count));
        foreach (FormSentence sentence in Chosen(draft, form.Sentences, count)) parts.Add(Inflection.Capital(draft.Fill(sentence.Of(draft.Split))));
        var words = new Dictionary<string, string>(draft.Bound, StringComparer.Ordinal);
        draft.Bound.Clear();
        return new WrittenDocument(form, string.Join(' ', parts.Select(Inflection.Capital)), words);
    }

    // Two sentences for the same slot would contradict each other.
    static IEnumerable<FormSentence> Chosen(Draft draft, IReadOnlyList<FormSentence> sentences, int count)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (FormSentence sentence in draft.Random.Shuffle(Sayable(draft.Split, sentences)))
        {
            string[] slots = [.. SlotsOf(sentence.Training)];
            if (count == 0 || slots.Any(taken.Contains)) continue;
            taken.UnionWith(slots);
            count--;
            yield return sentence;
        }
    }

    // What tests can say in words of their own they say so.
    static IEnumerable<FormSentence> Sayable(Split split, IReadOnlyList<FormSentence> sentences)
    {
        if (split == Split.Training) return sentences;
        HashSet<string> own = [.. sentences.Where(s => s.HasOwnHeldOut).SelectMany(s => SlotsOf(s.Training))];
        return sentences.Where(s => s.HasOwnHeldOut || !SlotsOf(s.Training).Any(own.Contains));
    }

    static IEnumerable<string> SlotsOf(string pattern) =>
        pattern.Split('{').Skip(1).Select(part => part.Split('}')[0]).Where(inner => inner.Contains('=', StringComparison.Ordinal)).Select(inner => inner.Split('=')[0]);
}
