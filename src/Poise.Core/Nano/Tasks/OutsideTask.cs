using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>Questions that a small model cannot know the answer of: it says so, and what to load instead.</summary>
sealed class OutsideTask : NanoTask
{
    const string Medicine = "medicine", Everyday = "everyday";

    static readonly string[] s_fields = ["history", "geography", "science", "programming", Medicine, "news", "finance", "arts", "languages", "cooking", "travel", "philosophy", "writing", "mathematics", "gadgets", Everyday];

    /// <summary>What every such answer holds.</summary>
    internal static PhraseCheck Check { get; } = new([["small model", "petit modèle"], ["gpt-oss-20b"]]);

    public override string Kind => "outside";

    public override int Weight => 120;

    public override int FrenchShare => 33;

    public override NanoSample Make(Draft draft)
    {
        (string question, string answer) = MakeTurn(draft);
        return new NanoSample(Kind, draft.Tongue, [User(question), Assistant(answer, draft.ThinkAtHigh("think.outside"))], Check) { Effort = draft.Effort };
    }

    /// <summary>One question and its answer.</summary>
    internal static (string Question, string Answer) MakeTurn(Draft draft)
    {
        string field = draft.Random.Pick(s_fields, f => f == Everyday ? 2 : 1);
        draft.Bind("a", draft.Number(2, 40));
        draft.Bind("b", draft.Number(2, 900));
        return (draft.Ask("field." + field), draft.Say(field == Medicine ? "outside.medical.answer" : "outside.answer"));
    }
}
