namespace Poise.Core.Training.Objectives;

/// <summary>Sums over what a batch is weighed by: targets, or pairs.</summary>
/// <param name="Margin">Pairs: how much better the wanted answers have become than the others, against the base.</param>
/// <param name="Wins">Pairs of which the wanted answer has become the better one.</param>
readonly record struct LossSums(double Loss, double Margin = 0, long Wins = 0)
{
    public static LossSums operator +(LossSums a, LossSums b) => new(a.Loss + b.Loss, a.Margin + b.Margin, a.Wins + b.Wins);
}
