namespace Poise.Core.Nano.Grading;

/// <summary>How many answers were right.</summary>
/// <param name="All">One at least.</param>
/// <param name="Reasoning">Characters of reasoning, of all answers together.</param>
sealed record ExamScore(int Right, int All, long Reasoning)
{
    public WilsonInterval Interval => WilsonInterval.Of(Right, All);

    /// <summary>Characters of reasoning of an answer, on average.</summary>
    public double MeanReasoning => (double)Reasoning / All;

    public static ExamScore Of(IEnumerable<GradedAnswer> answers)
    {
        int right = 0, all = 0;
        long reasoning = 0;
        foreach (GradedAnswer answer in answers)
        {
            all++;
            if (answer.IsRight) right++;
            reasoning += answer.Given.Message.Reasoning?.Length ?? 0;
        }
        return new ExamScore(right, all, reasoning);
    }
}
