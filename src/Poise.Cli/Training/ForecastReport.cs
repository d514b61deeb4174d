using System.Globalization;
using System.Text.Json;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Core.Training.Forecasts;

namespace Poise.Cli.Training;

/// <summary>What a run will take, for people and for machines.</summary>
/// <param name="speed">Floating-point operations in a second, measured now.</param>
sealed class ForecastReport(RunForecast forecast, double speed)
{
    /// <summary>Seconds: the operations at the speed of the largest products, of which whole steps have reached about this share.</summary>
    public double Seconds => forecast.Operations / (speed * StepShare);

    // Measured on runs of one to a few hundred million parameters; decoding, attention and small layers take the rest.
    const double StepShare = 0.6;

    /// <summary>One line a part, for <see cref="Report.Facts"/>.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts()
    {
        var facts = new List<(string, string)>
        {
            ("trains", $"{Quantity.Parameters(forecast.TrainedElements)} numbers"),
            ("steps", $"{Quantity.Count(forecast.Steps)}, {Quantity.Count(forecast.Tokens)} tokens"),
            ("memory", $"{Quantity.Bytes(forecast.Memory.Total)} at most; {Quantity.Bytes(MachineMemory.AvailableBytes())} are free"),
        };
        foreach ((string name, long bytes) in forecast.Memory.Parts)
            if (bytes > 0) facts.Add(($"  {name}", Quantity.Bytes(bytes)));
        facts.Add(("time", string.Create(CultureInfo.InvariantCulture, $"about {Duration(Seconds)}: {forecast.Operations / 1e12:0.00} Tflop, at {StepShare:0.0} of the {speed / 1e9:0} Gflop/s that a product of the model's width has just reached")));
        facts.Add(("checkpoint", Quantity.Bytes(forecast.CheckpointBytes)));
        return facts;
    }

    /// <summary>The same in one line.</summary>
    public string Line() => string.Create(CultureInfo.InvariantCulture,
        $"{Quantity.Count(forecast.Steps)} steps, {Quantity.Parameters(forecast.TrainedElements)} trained numbers; memory about {Quantity.Bytes(forecast.Memory.Total)}, time about {Duration(Seconds)}");

    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("steps", forecast.Steps);
        json.WriteNumber("trained_elements", forecast.TrainedElements);
        json.WriteNumber("tokens", forecast.Tokens);
        json.WriteNumber("memory_bytes", forecast.Memory.Total);
        json.WriteStartObject("memory_parts");
        foreach ((string name, long bytes) in forecast.Memory.Parts) json.WriteNumber(name, bytes);
        json.WriteEndObject();
        json.WriteNumber("operations", forecast.Operations);
        json.WriteNumber("operations_per_second", speed);
        json.WriteNumber("seconds", Seconds);
        json.WriteNumber("checkpoint_bytes", forecast.CheckpointBytes);
    }

    /// <summary>Seconds as people say them.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, seconds):0} s"),
        < 6000 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };
}
