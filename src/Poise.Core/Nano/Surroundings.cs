using Poise.Core.Chat;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tasks;
using Poise.Core.Nano.Tools;

namespace Poise.Core.Nano;

/// <summary>What may stand around a conversation and should change nothing: instructions, tools that nobody needs, and, to learn from, other questions before.</summary>
static class Surroundings
{
    const int InstructionShare = 12, ToolShare = 8;

    static readonly NanoTask[] s_inBoth = [new OutsideTask(), new RefusalTask(), new RefusalTask(), new TalkTask()], s_inEnglish = [new PoiseTask(), new PoiseTask(), new PoiseTask(), new PoiseTask(), new OutsideTask(), new RefusalTask(), new RefusalTask(), new RefusalTask(), new TalkTask()];

    static readonly int[] s_countsBefore = [0, 0, 1, 2, 3, 4, 5, 6];

    public static NanoSample Add(NanoSample sample, Draft draft)
    {
        if (draft.Split == Split.Training) sample = sample with { Messages = [.. Before(sample, draft), .. sample.Messages] };
        if (sample.Kind is "tools" or "documents") return sample;
        // Stories are longer than instructions may ask for.
        if (sample.Kind != "stories" && draft.Random.Chance(InstructionShare)) sample = sample with { Messages = [ChatMessage.Of(ChatRole.System, draft.Say("instructions")), .. sample.Messages] };
        // A calculator would be used for exercises.
        return sample.Kind != "reasoning" && draft.Random.Chance(ToolShare) ? sample with { Tools = ToolSet.Idle(draft.Random) } : sample;
    }

    // Nothing is learnt from the turns before one that reasons, and instructions stand first.
    static IEnumerable<ChatMessage> Before(NanoSample sample, Draft draft)
    {
        if (sample.Kind is "copying" or "documents" || sample.Answer.Reasoning is not null || sample.Effort == ReasoningEffort.High || sample.Messages[0].Role == ChatRole.System) yield break;
        for (int count = draft.Random.Pick(s_countsBefore); count > 0; count--)
        {
            NanoTask task = draft.Random.Pick(draft.IsFrench ? s_inBoth : s_inEnglish);
            // What was told before would answer what is asked later.
            if (task is TalkTask && sample.Kind == "talk") continue;
            draft.Bound.Clear();
            foreach (ChatMessage message in task.Make(draft).Messages) yield return message;
        }
    }
}
