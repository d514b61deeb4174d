using System.Text.Json;
using Poise.Cli.Output;
using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Tokenizers;
using Poise.Core.Training.Data;
using Poise.Core.Training.Forecasts;
using Poise.Core.Training.Runs;
using Poise.Tensors;

namespace Poise.Cli.Training;

/// <summary>A run that is looked at and not begun: its data as the model would be trained on them, and what it would take.</summary>
static class DryRun
{
    /// <param name="shown">Samples.</param>
    public static void Show(string model, FinetuneInput input, int threads, int shown, bool asJson, CancellationToken cancellation)
    {
        using ModelPackage package = ModelPackage.Open(model);
        SampleFormat format = SampleFormat.Of(package);
        var data = new RunData(input.Recipe, format, input.Data, input.Evaluation, package.Config.ContextLength, cancellation);
        RunForecast forecast = RunForecast.Of(input.Recipe, package, AdapterBase.Of(package), data);
        var report = new ForecastReport(forecast, SpeedProbe.Measure(package.Config.HiddenSize, threads));
        if (asJson)
        {
            using var view = new JsonRunView();
            view.Write("dry-run", json => Write(json, data, report));
            return;
        }

        Report.Facts([.. DatasetReport.Of(data.Read, data.Training), .. HeldBack(data), .. report.Facts()]);
        if (shown == 0 || FindTokenizer(format) is not { } tokenizer) return;
        bool ansi = !Console.IsOutputRedirected;
        var samples = new SampleView(tokenizer, ansi, ansi);
        foreach (TrainingSample sample in data.Read.Samples.Take(shown)) Console.Out.Write("\n" + samples.Show(sample, input.Recipe.Data.MaxLength));
        foreach (PreferencePair pair in data.Read.Pairs.Take(shown)) Console.Out.Write("\n" + samples.Show(pair, input.Recipe.Data.MaxLength));
    }

    // Data that are ids already can be trained on without one, and cannot be shown.
    static Tokenizer? FindTokenizer(SampleFormat format)
    {
        try
        {
            return format.Tokenizer;
        }
        catch (PoiseException e)
        {
            Console.Error.WriteLine($"note: samples are not shown: {Printable.Line(e.Message)}");
            return null;
        }
    }

    static IEnumerable<(string, string)> HeldBack(RunData data)
    {
        if (data.Evaluation is { } held) yield return ("evaluation", $"{Quantity.Count(held.Samples.Count + held.Pairs.Count)} held back");
    }

    static void Write(Utf8JsonWriter json, RunData data, ForecastReport report)
    {
        DatasetStatistics figures = DatasetStatistics.Of(data.Read, data.Training);
        json.WriteString("data_sha256", data.Read.Sha256);
        json.WriteNumber("samples", figures.Samples);
        json.WriteNumber("pairs", figures.Pairs);
        json.WriteNumber("data_tokens", figures.Tokens);
        json.WriteNumber("loss_tokens", figures.LossTokens);
        json.WriteNumber("longest", figures.Longest);
        json.WriteNumber("cut_tokens", figures.CutTokens);
        json.WriteNumber("without_loss", figures.WithoutLoss + figures.LossCutAway);
        json.WriteNumber("held_back", data.Evaluation is { } held ? held.Samples.Count + held.Pairs.Count : 0);
        report.Write(json);
    }
}
