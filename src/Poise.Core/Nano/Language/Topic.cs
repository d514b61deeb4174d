namespace Poise.Core.Nano.Language;

/// <summary>Something that is asked in many ways and answered in few.</summary>
/// <param name="Keys">What a right answer holds: of each list one text at least.</param>
/// <param name="Questions">Patterns of a <see cref="Grammar"/>.</param>
/// <param name="Answers">Patterns too; they take what the question bound.</param>
sealed record Topic(string Name, IReadOnlyList<IReadOnlyList<string>> Keys, IReadOnlyList<Alternative> Questions, IReadOnlyList<string> Answers)
{
    /// <summary>Whether it is asked about in tests only.</summary>
    public bool IsHeldOut => Questions.All(q => q.Split == Split.HeldOut);

    public IReadOnlyList<Alternative> QuestionsOf(Split split) => [.. Questions.Where(q => q.Split == split)];
}
