using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>
/// Saying again what the prompt has: words as they are, the one at a place, the one after another, the one that belongs to another. What every other
/// task needs where it meets a name, a number or a noun for the first time.
/// </summary>
/// <param name="isDrill">Several exercises in a conversation, with long lists: most of its tokens are copied.</param>
sealed class CopyingTask(bool isDrill = false) : NanoTask
{
    /// <summary>Words that the exercises of a drill have together.</summary>
    const int DrillWords = 64;

    static readonly int[] s_counts = [1, 1, 2, 2, 3, 4, 5, 6, 8], s_drillCounts = [2, 4, 6, 8, 12, 16, 24, 32];

    static readonly string[] s_separators = [" ", " ", ", ", ", ", "; ", " / ", " - "];

    /// <summary>How a sheet joins two words, and its pairs.</summary>
    static readonly (string Pair, string Pairs)[] s_sheets = [(": ", ", "), (": ", "; "), (" = ", ", "), (" = ", "; "), (" -> ", ", "), (": ", "\n"), (" = ", "\n"), (" is ", ". ")];

    public override string Kind => "copying";

    public override int Weight => 110;

    public override int FrenchShare => 25;

    public override NanoSample Make(Draft draft)
    {
        var messages = new List<ChatMessage>();
        int words = 0;
        string answer;
        do
        {
            (string Question, string Answer)[] turns = draft.Random.Below(isDrill ? 140 : 100) switch
            {
                < 30 or >= 100 => Repeat(draft, ref words),
                < 45 => Place(draft, ref words),
                < 60 => Neighbour(draft, ref words),
                _ => LookUp(draft, ref words),
            };
            foreach ((string asked, string said) in turns) messages.AddRange([User(asked), Assistant(said)]);
            answer = turns[^1].Answer;
        } while (isDrill && words < DrillWords / 2);
        return new NanoSample(Kind, draft.Tongue, messages, PhraseCheck.Of(answer)) { Effort = draft.Effort };
    }

    (string, string)[] Repeat(Draft draft, ref int words)
    {
        string text = List(draft, Words(draft, draft.Random.Pick(isDrill ? s_drillCounts : s_counts), ref words));
        draft.Bind("me", text);
        return [(draft.Say("copy.repeat"), text)];
    }

    (string, string)[] Place(Draft draft, ref int words)
    {
        string[] list = Words(draft, draft.Random.Between(2, 7), ref words);
        bool last = draft.Random.Chance(50);
        draft.Bind("me", List(draft, list));
        return [(draft.Say(last ? "copy.last" : "copy.first"), list[last ? ^1 : 0])];
    }

    (string, string)[] Neighbour(Draft draft, ref int words)
    {
        string[] list = Words(draft, draft.Random.Between(3, 8), ref words);
        bool after = draft.Random.Chance(65);
        int at = draft.Random.Below(list.Length - 1) + (after ? 0 : 1);
        draft.Bind("me", List(draft, list));
        draft.Bind("word", list[at]);
        return [(draft.Say(after ? "copy.after" : "copy.before"), list[at + (after ? 1 : -1)])];
    }

    /// <summary>A question about a sheet; in a drill others follow, about other words of it.</summary>
    (string, string)[] LookUp(Draft draft, ref int words)
    {
        int count = draft.Random.Between(2, isDrill ? 9 : 7);
        int[] asked = [.. draft.Random.Shuffle(Enumerable.Range(0, count)).Take(isDrill ? draft.Random.Between(1, count) : 1)];
        string[] list = Words(draft, 2 * count, ref words);
        (string pair, string pairs) = draft.Random.Pick(s_sheets);
        draft.Bind("sheet", string.Join(pairs, Enumerable.Range(0, count).Select(i => list[2 * i] + pair + list[(2 * i) + 1])));
        draft.Bind("gap", pairs == "\n" ? "\n" : draft.Random.Pick([". ", "\n", "\n\n"]));
        var turns = new List<(string, string)>();
        foreach (int i in asked)
        {
            draft.Bind("word", list[2 * i]);
            turns.Add((draft.Say(turns.Count == 0 ? "copy.lookup" : "copy.another"), list[(2 * i) + 1]));
        }
        return [.. turns];
    }

    static string[] Words(Draft draft, int count, ref int words)
    {
        words += count;
        return RandomWords.Draw(draft, count);
    }

    static string List(Draft draft, string[] words) => string.Join(draft.Random.Pick(s_separators), words);
}
