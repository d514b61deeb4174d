namespace Poise.Core.Nano.Grading;

/// <summary>An answer and the verdict on it.</summary>
/// <param name="Index">Of the item in the exam.</param>
/// <param name="Fault">What is wrong with it; null where it is right.</param>
sealed record GradedAnswer(int Index, NanoSample Item, GivenAnswer Given, string? Fault)
{
    public bool IsRight => Fault is null;

    public static GradedAnswer Of(int index, NanoSample item, GivenAnswer given) => new(index, item, given, given.Problem ?? item.Check.Fault(given.Message));
}
