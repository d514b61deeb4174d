using Poise.Core.Nano.Language;
using Poise.Core.Nano.Reasoning;

namespace Poise.Core.Nano.Tasks;

/// <summary>Small tasks that are answered at once at low effort, after a line of thought at medium, and step by step at high effort.</summary>
sealed class ReasoningTask : NanoTask
{
    static readonly Func<Draft, Exercise>[] s_exercises =
    [
        draft => NumberExercises.Compare(draft, larger: true),
        draft => NumberExercises.Compare(draft, larger: false),
        draft => NumberExercises.Extreme(draft, largest: true),
        draft => NumberExercises.Extreme(draft, largest: false),
        NumberExercises.TwoSteps,
        NumberExercises.Next,
        WordExercises.Count,
        WordExercises.DayAfter,
    ];

    public override string Kind => "reasoning";

    public override int Weight => 60;

    public override NanoSample Make(Draft draft)
    {
        draft.Effort = draft.Random.Pick([Chat.ReasoningEffort.Low, Chat.ReasoningEffort.Medium, Chat.ReasoningEffort.High]);
        Exercise exercise = draft.Random.Pick(s_exercises)(draft);
        return new NanoSample(Kind, draft.Tongue, [User(exercise.Question), Assistant(exercise.Answer, exercise.Reasoning)], exercise.Check) { Effort = draft.Effort, Part = draft.Effort.ToString().ToLowerInvariant() };
    }
}
