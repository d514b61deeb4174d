using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tools;

namespace Poise.Core.Nano.Tasks;

/// <summary>Calling a calculator and a clock, using what they say, and doing without them where they have nothing to do or are not there.</summary>
sealed class ToolTask : NanoTask
{
    public override string Kind => "tools";

    public override int Weight => 190;

    public override NanoSample Make(Draft draft) => draft.Random.Below(100) switch
    {
        < 80 => Using(draft),
        < 92 => Idle(draft),
        _ => Missing(draft),
    };

    NanoSample Using(Draft draft)
    {
        ToolUse use = Ask(draft);
        ToolDefinition[] tools = ToolSet.Around(use.Tool, use.Kind, draft.Random);
        bool high = draft.Effort == ReasoningEffort.High;
        var messages = new List<ChatMessage>();
        // Further questions to the same tool, after the first was answered.
        (int most, int share) = draft.Split == Split.Training ? (3, 60) : (1, 15);
        for (; !high && most > 0 && draft.Random.Chance(share); most--)
        {
            AddTurn(messages, use, null);
            use = AskAgain(draft, use);
        }
        AddTurn(messages, use, high ? use.Thought : null);
        var whole = new NanoSample(Kind, draft.Tongue, messages, use.AnswerCheck) { Tools = tools, Effort = draft.Effort, Part = "result" };
        // Half of the test items end with the call.
        return draft.Split == Split.HeldOut && draft.Random.Chance(50) ? whole with { Messages = messages[..^2], Check = use.CallCheck, Part = "call" } : whole;
    }

    static ToolUse Ask(Draft draft) => draft.Random.Below(100) switch
    {
        < 70 => Arithmetic.Ask(draft),
        _ => Clockwork.AskTime(draft),
    };

    static ToolUse AskAgain(Draft draft, ToolUse first)
    {
        while (true)
        {
            ToolUse use = Ask(draft);
            if (use.Kind == first.Kind) return use with { Tool = first.Tool };
        }
    }

    static void AddTurn(List<ChatMessage> messages, ToolUse use, string? thought)
    {
        string id = "call_" + messages.Count(m => m.ToolCalls.Count > 0);
        messages.Add(User(use.Question));
        messages.Add(new ChatMessage { Role = ChatRole.Assistant, Reasoning = thought, ToolCalls = [new ToolCall(id, use.Tool.Name, use.Arguments)] });
        messages.Add(ChatMessage.Of(ChatRole.Tool, use.Result) with { ToolCallId = id, Name = use.Tool.Name });
        messages.Add(Assistant(use.Answer));
    }

    NanoSample Idle(Draft draft)
    {
        NanoTask other = draft.Random.Pick<NanoTask>([new PoiseTask(), new TalkTask(), new OutsideTask(), new StoryTask()]);
        return other.Make(draft) with { Kind = Kind, Part = "idle", Check = new NoCallCheck(), Tools = ToolSet.Idle(draft.Random) };
    }

    NanoSample Missing(Draft draft)
    {
        bool clock = draft.Random.Chance(40);
        string? asked = clock ? draft.Random.Pick(["time", "date", "date", "weekday"]) : null;
        string question = clock ? draft.Ask($"clock.{asked}.ask") : Arithmetic.Question(draft);
        if (asked == "date" && draft.TellsDay) return Told(draft, question);
        var check = new PhraseCheck([clock ? ["clock", "horloge"] : ["calculator", "calculatrice"]]);
        return new NanoSample(Kind, draft.Tongue, [User(question), Assistant(draft.Say(clock ? "noclock" : "noresult"))], check) { Effort = draft.Effort, Part = "missing" };
    }

    /// <summary>The date is asked for, and it is what the model was told.</summary>
    NanoSample Told(Draft draft, string question)
    {
        string date = Days.Text(draft.Day, draft.Tongue);
        draft.Bind("date", date);
        return new NanoSample(Kind, draft.Tongue, [User(question), Assistant(draft.Say("clock.date.result"))], PhraseCheck.Of(date)) { Effort = draft.Effort, Part = "date" };
    }
}
