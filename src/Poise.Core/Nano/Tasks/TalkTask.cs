using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>Short conversations: greetings, small talk, and what was said some turns ago.</summary>
sealed class TalkTask : NanoTask
{
    static readonly TopicTurns s_smallTalk = new("smalltalk");
    static readonly string[] s_memories = ["name", "town", "like", "pet", "number"];

    public override string Kind => "talk";

    public override int Weight => 120;

    public override int FrenchShare => 33;

    public override NanoSample Make(Draft draft)
    {
        int count = draft.Random.Pick([1, 1, 1, 1, 2, 2, 2, 3, 3, 4]);
        List<Turn> turns = count > 1 && draft.Random.Chance(45) ? Remembering(draft, count) : [.. Enumerable.Range(0, count).Select(i => Any(draft, i == 0 && count > 1))];
        if (count > 1 && draft.Random.Chance(8)) turns[^1] = new Turn(draft.Ask("repeat.ask"), turns[^2].Answer, turns[^2].Check);
        string? thought = draft.ThinkAtHigh(turns[^1].Thought);
        var messages = new List<ChatMessage>();
        foreach (Turn turn in turns) messages.AddRange([User(turn.Question), Assistant(turn.Answer)]);
        messages[^1] = messages[^1] with { Reasoning = thought };
        return new NanoSample(Kind, draft.Tongue, messages, turns[^1].Check) { Effort = draft.Effort };
    }

    /// <summary>Something told, perhaps something else, and the question what it was.</summary>
    static List<Turn> Remembering(Draft draft, int count)
    {
        string memory = draft.Random.Pick(s_memories);
        draft.Bind("me", draft.Say(MemoryOf(memory, draft)));
        draft.Bind("pet", draft.Say("pet"));
        var turns = new List<Turn> { Told(draft, memory) };
        // Nothing else is told in between: it would be asked for as well.
        while (turns.Count < count - 1) turns.Add(draft.Random.Chance(30) ? Outside(draft) : s_smallTalk.Make(draft));
        turns.Add(new Turn(draft.Ask($"memory.{memory}.ask"), draft.Sentence($"memory.{memory}.answer"), PhraseCheck.Of(draft.Bound["me"]), "think.memory"));
        return turns;
    }

    static Turn Told(Draft draft, string memory)
    {
        string question = draft.Ask($"memory.{memory}.tell"), reply = draft.Sentence($"memory.{memory}.reply");
        return new Turn(question, reply, reply.Contains(draft.Bound["me"], StringComparison.OrdinalIgnoreCase) ? PhraseCheck.Of(draft.Bound["me"]) : new PhraseCheck([]));
    }

    static string MemoryOf(string memory, Draft draft)
    {
        if (memory != "number") return memory switch { "name" => "person", "like" => "hobby", "pet" => "invented", _ => memory };
        draft.Bind("chosen", draft.Number(10, 9999));
        return "chosen.number";
    }

    static Turn Any(Draft draft, bool first) => draft.Random.Below(100) switch
    {
        _ when first && draft.Random.Chance(35) => s_smallTalk.Make(draft),
        < 12 when !draft.IsFrench => PoiseTask.Facts.Make(draft) with { Thought = "think.poise" },
        < 16 => Outside(draft),
        < 22 => Echo(draft),
        < 27 => Memory(draft),
        _ => s_smallTalk.Make(draft),
    };

    static Turn Outside(Draft draft)
    {
        (string question, string answer) = OutsideTask.MakeTurn(draft);
        return new Turn(question, answer, OutsideTask.Check, "think.outside");
    }

    static Turn Echo(Draft draft)
    {
        draft.Bind("me", draft.Say("echo.words"));
        return new Turn(draft.Ask("echo.ask"), draft.Bound["me"], PhraseCheck.Of(draft.Bound["me"]));
    }

    /// <summary>Something told, or asked for that nobody has told.</summary>
    static Turn Memory(Draft draft)
    {
        string memory = draft.Random.Pick(s_memories);
        draft.Bind("me", draft.Say(MemoryOf(memory, draft)));
        draft.Bind("pet", draft.Say("pet"));
        return Told(draft, memory);
    }
}
