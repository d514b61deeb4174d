using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>
/// Saying again what the prompt has: words as they are, and the one that belongs to another. What every other
/// task needs where it meets a name, a number or a noun for the first time.
/// </summary>
sealed class CopyingTask : NanoTask
{
    /// <summary>Words that the exercises of a conversation have together where they are to be learnt from: most of its tokens are copied.</summary>
    const int DrillWords = 64;

    const int UnknownShare = 15;

    static readonly int[] s_counts = [1, 1, 2, 2, 3, 4, 5, 6, 8], s_drillCounts = [1, 2, 3, 4, 5, 6, 8, 12, 16, 24];

    static readonly string[] s_separators = [" ", " ", ", ", ", ", "; ", " / ", " - "];

    /// <summary>How a sheet joins two words, and its pairs.</summary>
    static readonly (string Pair, string Pairs)[] s_sheets = [(": ", ", "), (": ", "; "), (" = ", ", "), (" = ", "; "), (" -> ", ", "), (": ", "\n"), (" = ", "\n"), (" is ", ". ")];

    public override string Kind => "copying";

    public override int Weight => 110;

    public override NanoSample Make(Draft draft)
    {
        var messages = new List<ChatMessage>();
        bool isDrill = draft.Split == Split.Training;
        int words = 0;
        Turn last;
        do
        {
            Turn[] turns = draft.Random.Below(isDrill ? 180 : 140) switch
            {
                < 30 or >= 140 => Repeat(draft, isDrill, ref words),
                < 90 => LookUp(draft, isDrill, ref words),
                _ => Records(draft, isDrill, ref words),
            };
            foreach (Turn turn in turns) messages.AddRange([User(turn.Question), Assistant(turn.Answer)]);
            last = turns[^1];
        } while (isDrill && words < DrillWords / 2);
        return new NanoSample(Kind, draft.Tongue, messages, last.Check) { Effort = draft.Effort };
    }

    static Turn[] Repeat(Draft draft, bool isDrill, ref int words)
    {
        string text = List(draft, Words(draft, draft.Random.Pick(isDrill ? s_drillCounts : s_counts), ref words));
        draft.Bind("me", text);
        return [Copied(draft.Say("copy.repeat"), text)];
    }

    /// <summary>A question about a sheet; in a drill others follow, about other words of it. The answer says the pair: what it was asked for leads to what follows.</summary>
    static Turn[] LookUp(Draft draft, bool isDrill, ref int words)
    {
        int count = draft.Random.Between(2, isDrill ? 9 : 7);
        int[] asked = [.. draft.Random.Shuffle(Enumerable.Range(0, count)).Take(isDrill ? draft.Random.Between(1, count) : 1)];
        string[] list = Words(draft, 2 * count, ref words);
        (string pair, string pairs) = draft.Random.Pick(s_sheets);
        draft.Bind("sheet", string.Join(pairs, Enumerable.Range(0, count).Select(i => list[2 * i] + pair + list[(2 * i) + 1])));
        draft.Bind("gap", pairs == "\n" ? "\n" : draft.Random.Pick([". ", "\n", "\n\n"]));
        var turns = new List<Turn>();
        foreach (int i in asked)
        {
            draft.Bind("word", list[2 * i]);
            turns.Add(Copied(draft.Say(turns.Count == 0 ? "copy.lookup" : "copy.another"), list[2 * i] + pair + list[(2 * i) + 1]));
        }
        return [.. turns];
    }

    /// <summary>
    /// Questions about records, each of some properties of one thing: thing and property together say which value is asked for. As in documents, the answer
    /// names the record, and what no record has is not said.
    /// </summary>
    static Turn[] Records(Draft draft, bool isDrill, ref int words)
    {
        int count = draft.Random.Between(1, 3), most = draft.Random.Between(1, 4);
        string[] properties = Words(draft, most + 1, ref words), items = Words(draft, count, ref words);
        var records = new List<(int Record, string Property, string Value)>();
        var lines = new List<string>();
        for (int i = 0; i < count; i++)
        {
            draft.Bind("record", items[i]);
            var sentences = new List<string>();
            foreach (string property in draft.Random.Shuffle(properties[..most]).Take(draft.Random.Between(1, most)))
            {
                string value = Words(draft, 1, ref words)[0];
                records.Add((i, property, value));
                draft.Bind("property", property);
                draft.Bind("value", value);
                sentences.Add(draft.Say("records.sentence"));
            }
            lines.Add($"[{i + 1}] {string.Join(' ', sentences)}");
        }
        string text = string.Join('\n', lines);
        var turns = new List<Turn>();
        int asked = isDrill ? draft.Random.Between(1, Math.Min(5, records.Count)) : 1;
        foreach ((int record, string property, string value) in draft.Random.Shuffle([.. records]).Take(asked))
        {
            bool unknown = draft.Random.Chance(UnknownShare);
            string[] missing = [.. properties.Where(other => !records.Any(r => r.Record == record && r.Property == other))];
            draft.Bind("record", items[record]);
            draft.Bind("property", unknown ? draft.Random.Pick(missing) : property);
            draft.Bind("value", value);
            draft.Bind("n", record + 1);
            string question = draft.Say("records.ask");
            string answer = draft.Say(unknown ? "documents.unknown" : "records.answer");
            turns.Add(new Turn(turns.Count == 0 ? $"{text}\n\n{question}" : question, answer, unknown ? DocumentTask.Unknown : PhraseCheck.Of(value, $"[{record + 1}]")));
        }
        return [.. turns];
    }

    static Turn Copied(string question, string answer) => new(question, answer, PhraseCheck.Of(answer));

    static string[] Words(Draft draft, int count, ref int words)
    {
        words += count;
        return RandomWords.Draw(draft, count);
    }

    static string List(Draft draft, string[] words) => string.Join(draft.Random.Pick(s_separators), words);
}
