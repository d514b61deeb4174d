using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>A question, its answer, and what a right answer holds.</summary>
/// <param name="Thought">The rule of what is thought of it at high effort.</param>
readonly record struct Turn(string Question, string Answer, AnswerCheck Check, string Thought = "think.talk");

/// <summary>Turns about the topics of a file, in both languages.</summary>
sealed class TopicTurns(string name)
{
    readonly Lazy<IReadOnlyList<Topic>> _english = new(() => TopicReader.Read($"{name}.{NanoTexts.Suffix(Tongue.English)}.txt"));
    readonly Lazy<IReadOnlyList<Topic>> _french = new(() => TopicReader.Read($"{name}.{NanoTexts.Suffix(Tongue.French)}.txt"));

    public IReadOnlyList<Topic> Of(Tongue tongue) => tongue == Tongue.English ? _english.Value : _french.Value;

    /// <param name="frame">What surrounds a question, such as <c>{howto} @</c>; the question stands in place of the @.</param>
    public Turn Make(Draft draft, string frame = "@")
    {
        Topic topic = draft.Random.Pick([.. Of(draft.Tongue).Where(t => t.Questions.Any(q => q.Split == draft.Split))]);
        string pattern = draft.Random.Pick(topic.QuestionsOf(draft.Split)).Text;
        string question = draft.AskPattern(frame.Replace("@", pattern, StringComparison.Ordinal));
        return new Turn(question, draft.Fill(draft.Random.Pick(topic.Answers)), new PhraseCheck(topic.Keys));
    }
}
