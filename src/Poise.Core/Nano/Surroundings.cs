using Poise.Core.Chat;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tools;

namespace Poise.Core.Nano;

/// <summary>What may stand around a conversation and should change nothing: instructions, and tools that nobody needs.</summary>
static class Surroundings
{
    const int InstructionShare = 12, ToolShare = 8;

    public static NanoSample Add(NanoSample sample, Draft draft)
    {
        if (sample.Kind is "tools" or "documents") return sample;
        // Stories are longer than instructions may ask for.
        if (sample.Kind != "stories" && draft.Random.Chance(InstructionShare)) sample = sample with { Messages = [ChatMessage.Of(ChatRole.System, draft.Say("instructions")), .. sample.Messages] };
        // A calculator would be used for exercises.
        return sample.Kind != "reasoning" && draft.Random.Chance(ToolShare) ? sample with { Tools = ToolSet.Idle(draft.Random) } : sample;
    }
}
