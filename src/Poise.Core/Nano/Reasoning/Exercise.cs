using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Reasoning;

/// <summary>A small task, its steps and its solution, from rules of one name: <c>name.ask</c>, <c>name.short</c>, <c>name.long</c>, <c>name.answer</c>.</summary>
sealed record Exercise(string Question, string? Reasoning, string Answer, AnswerCheck Check)
{
    /// <summary>The exercise of a rule whose words are bound.</summary>
    public static Exercise Of(Draft draft, string rule, string key)
    {
        string question = draft.Ask(rule + ".ask");
        string? reasoning = draft.Effort switch
        {
            ReasoningEffort.Low => null,
            ReasoningEffort.Medium => draft.Sentence(rule + ".short"),
            _ => draft.Sentence(rule + ".long"),
        };
        return new Exercise(question, reasoning, draft.Sentence(rule + ".answer"), PhraseCheck.Of(key));
    }
}
