namespace Poise.Core.Nano.Grading;

/// <summary>The result of an exam.</summary>
/// <param name="answers">In the order of the items, however they came.</param>
sealed class ExamReport(IReadOnlyList<GradedAnswer> answers)
{
    public IReadOnlyList<GradedAnswer> Answers => answers;

    /// <summary>Every wrong answer, in the order of the items.</summary>
    public IReadOnlyList<GradedAnswer> Wrong { get; } = [.. answers.Where(answer => !answer.IsRight)];

    /// <summary>Null where nothing was asked.</summary>
    public ExamScore? Total => answers.Count == 0 ? null : ExamScore.Of(answers);

    /// <summary>By kind, with the parts that a task has, in the order of their names.</summary>
    public IEnumerable<(string Kind, string Part, ExamScore Score)> Parts =>
        answers.GroupBy(answer => (answer.Item.Kind, answer.Item.Part)).OrderBy(part => part.Key.Kind, StringComparer.Ordinal).ThenBy(part => part.Key.Part, StringComparer.Ordinal)
            .Select(part => (part.Key.Kind, part.Key.Part, ExamScore.Of(part)));

    /// <summary>By kind, in the order of their names.</summary>
    public IEnumerable<(string Kind, ExamScore Score)> Kinds =>
        answers.GroupBy(answer => answer.Item.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => (kind.Key, ExamScore.Of(kind)));

    /// <summary>The goals that answers were asked for.</summary>
    public IReadOnlyList<GoalResult> Goals => [.. ExamGoal.All.Select(goal => goal.Judge(answers)).OfType<GoalResult>()];

    /// <summary>
    /// Right or wrong answers to show, in the order of the items: the first of each kind, the second of each, and so on, until there are enough. The
    /// first of all would be of one kind.
    /// </summary>
    public IReadOnlyList<GradedAnswer> Pick(bool right, int count)
    {
        IEnumerable<IGrouping<string, GradedAnswer>> kinds = answers.Where(answer => answer.IsRight == right).GroupBy(answer => answer.Item.Kind);
        IEnumerable<(GradedAnswer Answer, int Turn)> turns = kinds.SelectMany(kind => kind.Select((answer, turn) => (answer, turn)));
        return [.. turns.OrderBy(entry => entry.Turn).ThenBy(entry => entry.Answer.Index).Take(count).Select(entry => entry.Answer).OrderBy(answer => answer.Index)];
    }
}
