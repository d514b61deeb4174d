using Poise.Cli.Output;
using Poise.Core.Training.Data;

namespace Poise.Cli.Training;

/// <summary>A data set in figures, for <see cref="Report.Facts"/>. Lines without anything to say are left out.</summary>
static class DatasetReport
{
    public static IReadOnlyList<(string Name, string Value)> Of(Dataset data, FittedData fitted)
    {
        DatasetStatistics figures = DatasetStatistics.Of(data, fitted);
        var facts = new List<(string, string)>();
        foreach (DataFile file in data.Files) facts.Add(("data", $"{file.Path}: {file.Shape}, {Quantity.Count(file.Records)} records, {Quantity.Bytes(file.Bytes)}"));
        facts.Add(("SHA-256", data.Sha256));
        facts.Add(figures.Pairs > 0 ? ("pairs", Quantity.Count(figures.Pairs)) : ("samples", Quantity.Count(figures.Samples)));
        facts.Add(("tokens", $"{Quantity.Count(figures.Tokens)}, {Quantity.Count(figures.LossTokens)} with loss"));
        facts.Add(("longest", $"{Quantity.Count(figures.Longest)} tokens ({figures.LongestPlace})"));
        if (figures.CutSequences > 0) facts.Add(("cut", $"{Quantity.Count(figures.CutSequences)} sequences at {Quantity.Count(fitted.MaximumLength)} tokens, {Quantity.Count(figures.CutTokens)} tokens lost"));
        if (figures.SilentAnswers > 0) facts.Add(("silent answers", $"{Quantity.Count(figures.SilentAnswers)}: the reasoning that led to them is not shown any more"));
        if (figures.WithoutLoss > 0) facts.Add(("without loss", Places(fitted.WithoutLoss)));
        if (figures.LossCutAway > 0) facts.Add(("loss cut away", Places(fitted.LossCutAway)));
        facts.Add(("one epoch", $"{Quantity.Count(figures.KeptTokens)} tokens, {Quantity.Count(figures.KeptLossTokens)} with loss"));
        return facts;
    }

    static string Places(IReadOnlyList<DataPlace> places)
    {
        const int Shown = 5;
        string more = places.Count > Shown ? $" and {Quantity.Count(places.Count - Shown)} more" : "";
        return $"{Quantity.Count(places.Count)} ({string.Join("; ", places.Take(Shown))}{more})";
    }
}
