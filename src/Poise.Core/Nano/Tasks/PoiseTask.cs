using Poise.Core.Chat;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>Questions about Poise.</summary>
sealed class PoiseTask : NanoTask
{
    internal static TopicTurns Facts { get; } = new("poise");

    public override string Kind => "poise";

    public override int Weight => 220;

    public override NanoSample Make(Draft draft)
    {
        Turn turn = Facts.Make(draft);
        return new NanoSample(Kind, draft.Tongue, [User(turn.Question), Assistant(turn.Answer, draft.ThinkAtHigh("think.poise"))], turn.Check) { Effort = draft.Effort };
    }
}
