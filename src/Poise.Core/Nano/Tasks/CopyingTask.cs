using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>
/// Saying again what the prompt has: words as they are, the one at a place, the one after another, the one that belongs to another. What every other
/// task needs where it meets a name, a number or a noun for the first time.
/// </summary>
sealed class CopyingTask : NanoTask
{
    static readonly string[] s_separators = [" ", " ", ", ", ", ", "; ", " / ", " - "];

    /// <summary>How a sheet joins two words, and its pairs.</summary>
    static readonly (string Pair, string Pairs)[] s_sheets = [(": ", ", "), (": ", "; "), (" = ", ", "), (" = ", "; "), (" -> ", ", "), (": ", "\n"), (" = ", "\n"), (" is ", ". ")];

    public override string Kind => "copying";

    public override int Weight => 110;

    public override int FrenchShare => 25;

    public override NanoSample Make(Draft draft)
    {
        (string question, string answer) = draft.Random.Below(100) switch
        {
            < 30 => Repeat(draft),
            < 45 => Place(draft),
            < 60 => Neighbour(draft),
            _ => LookUp(draft),
        };
        return new NanoSample(Kind, draft.Tongue, [User(question), Assistant(answer)], PhraseCheck.Of(answer)) { Effort = draft.Effort };
    }

    static (string Question, string Answer) Repeat(Draft draft)
    {
        string text = List(draft, RandomWords.Draw(draft, draft.Random.Pick([1, 1, 2, 2, 3, 4, 5, 6, 8])));
        draft.Bind("me", text);
        return (draft.Say("copy.repeat"), text);
    }

    static (string Question, string Answer) Place(Draft draft)
    {
        string[] words = RandomWords.Draw(draft, draft.Random.Between(2, 7));
        bool last = draft.Random.Chance(50);
        draft.Bind("me", List(draft, words));
        return (draft.Say(last ? "copy.last" : "copy.first"), words[last ? ^1 : 0]);
    }

    static (string Question, string Answer) Neighbour(Draft draft)
    {
        string[] words = RandomWords.Draw(draft, draft.Random.Between(3, 8));
        bool after = draft.Random.Chance(65);
        int at = draft.Random.Below(words.Length - 1) + (after ? 0 : 1);
        draft.Bind("me", List(draft, words));
        draft.Bind("word", words[at]);
        return (draft.Say(after ? "copy.after" : "copy.before"), words[at + (after ? 1 : -1)]);
    }

    static (string Question, string Answer) LookUp(Draft draft)
    {
        int count = draft.Random.Between(2, 7), asked = draft.Random.Below(count);
        string[] words = RandomWords.Draw(draft, 2 * count);
        (string pair, string pairs) = draft.Random.Pick(s_sheets);
        draft.Bind("sheet", string.Join(pairs, Enumerable.Range(0, count).Select(i => words[2 * i] + pair + words[(2 * i) + 1])));
        draft.Bind("word", words[2 * asked]);
        draft.Bind("gap", pairs == "\n" ? "\n" : draft.Random.Pick([". ", "\n", "\n\n"]));
        return (draft.Say("copy.lookup"), words[(2 * asked) + 1]);
    }

    static string List(Draft draft, string[] words) => string.Join(draft.Random.Pick(s_separators), words);
}
