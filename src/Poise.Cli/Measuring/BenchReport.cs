using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors.Matrices;

namespace Poise.Cli.Measuring;

/// <summary>What <c>poise bench</c> tells: machine, model, settings, and a row for each measurement. docs/performance.md describes the fields.</summary>
/// <param name="Options">With the placement that was taken.</param>
sealed record BenchReport(ModelPackage Package, LoadOptions Options, MachineFacts Machine, int Rounds, ulong Seed, TimeSpan Load, long ActiveBytes)
{
    const double Gibi = 1L << 30;

    string Placement => Options.Placement switch { WeightPlacement.Packed => "packed", WeightPlacement.Streamed => "streamed", _ => "mapped" };

    string Activations => Options.Activations == ActivationPrecision.F32 ? "f32" : "int8";

    int Threads => Options.Threads > 0 ? Options.Threads : Environment.ProcessorCount;

    public void WriteText(IReadOnlyList<Measured> results, long peakMemory, StreamingStatistics? streaming)
    {
        List<(string, string)> facts =
        [
            ("model", Package.Path),
            ("architecture", $"{Package.Config.Architecture}, {Quantity.Parameters(Package.Parameters)} parameters"),
            ("weights", $"{Quantity.Bytes(Package.WeightBytes)}, {string.Join(", ", Package.TensorCensus.Select(row => row.Type))}; {Quantity.Bytes(ActiveBytes)} per token"),
            ("settings", $"{Placement}, {Activations}, {Quantity.Count(Threads)} threads"),
        ];
        Machine.AddTo(facts);
        facts.Add(("load", string.Create(CultureInfo.InvariantCulture, $"{Load.TotalSeconds:0.00} s")));
        facts.Add(("peak memory", peakMemory > 0 ? Quantity.Bytes(peakMemory) : "unknown"));
        if (streaming is { } s)
            facts.Add(("experts", string.Create(CultureInfo.InvariantCulture,
                $"{s.Kept:N0} of {s.Groups:N0} in memory ({Quantity.Bytes(s.KeptBytes)}); {100.0 * s.Hits / Math.Max(1, s.Uses):0} % of {s.Uses:N0} uses found theirs there; {Quantity.Bytes(s.ReadBytes)} read")));
        Report.Facts(facts);
        if (results.Count == 0) return;
        Console.Out.WriteLine();
        Report.Table(["test", "batch", "tok/s", "+-", "min", "max", "each", "GiB/s"], results.Select(Row), [1, 2, 3, 4, 5, 6, 7]);
    }

    public void WriteJson(IReadOnlyList<Measured> results, long peakMemory, bool complete, StreamingStatistics? streaming)
    {
        using Stream output = StandardOutput.OpenBuffered();
        // The default encoder escapes everything that could reach a terminal as a command.
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("version", typeof(BenchReport).Assembly.GetName().Version?.ToString(3));
            json.WriteBoolean("complete", complete);
            Machine.Write(json);
            WriteModel(json);
            json.WriteStartObject("settings");
            json.WriteNumber("threads", Threads);
            json.WriteString("activations", Activations);
            json.WriteString("placement", Placement);
            json.WriteNumber("rounds", Rounds);
            json.WriteNumber("seed", Seed);
            json.WriteEndObject();
            json.WriteNumber("loadSeconds", Load.TotalSeconds);
            if (peakMemory > 0) json.WriteNumber("peakMemoryBytes", peakMemory);
            else json.WriteNull("peakMemoryBytes");
            if (streaming is { } s) WriteStreaming(json, s);
            json.WriteStartArray("measurements");
            foreach (Measured result in results) WriteResult(json, result);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    static void WriteStreaming(Utf8JsonWriter json, StreamingStatistics streaming)
    {
        json.WriteStartObject("experts");
        json.WriteNumber("all", streaming.Groups);
        json.WriteNumber("inMemory", streaming.Kept);
        json.WriteNumber("inMemoryBytes", streaming.KeptBytes);
        json.WriteNumber("uses", streaming.Uses);
        json.WriteNumber("hits", streaming.Hits);
        json.WriteNumber("readBytes", streaming.ReadBytes);
        json.WriteEndObject();
    }

    void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("path", Package.Path);
        json.WriteString("name", Package.Name);
        json.WriteString("architecture", Package.Config.Architecture);
        json.WriteNumber("parameters", Package.Parameters);
        json.WriteNumber("activeParameters", Package.ActiveParameters);
        json.WriteNumber("weightBytes", Package.WeightBytes);
        json.WriteNumber("activeBytes", ActiveBytes);
        json.WriteStartArray("types");
        foreach (TensorCensusRow row in Package.TensorCensus)
        {
            json.WriteStartObject();
            json.WriteString("type", row.Type.ToString());
            json.WriteNumber("tensors", row.Count);
            json.WriteNumber("bytes", row.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    void WriteResult(Utf8JsonWriter json, Measured result)
    {
        json.WriteStartObject();
        json.WriteString("kind", result.Measurement.Kind);
        json.WriteNumber("tokens", result.Measurement.Tokens);
        json.WriteNumber("depth", result.Measurement.Depth);
        json.WriteNumber("batch", result.Measurement.Batch);
        json.WriteStartObject("tokensPerSecond");
        json.WriteNumber("median", result.Speed.Median);
        json.WriteNumber("deviation", result.Speed.Deviation);
        json.WriteNumber("minimum", result.Speed.Minimum);
        json.WriteNumber("maximum", result.Speed.Maximum);
        json.WriteStartArray("rounds");
        foreach (double speed in result.Rounds) json.WriteNumberValue(speed);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteNumber("tokensPerSecondPerSequence", result.PerSequence);
        if (result.BytesPerSecond(ActiveBytes) is { } speedOfBytes) json.WriteNumber("gibibytesPerSecond", speedOfBytes / Gibi);
        else json.WriteNull("gibibytesPerSecond");
        json.WriteEndObject();
    }

    string[] Row(Measured result) =>
    [
        result.Measurement.Label,
        Quantity.Count(result.Measurement.Batch),
        Show(result.Speed.Median),
        Show(result.Speed.Deviation),
        Show(result.Speed.Minimum),
        Show(result.Speed.Maximum),
        Show(result.PerSequence),
        result.BytesPerSecond(ActiveBytes) is { } bytes ? Show(bytes / Gibi) : "-",
    ];

    static string Show(double value) => value.ToString(value < 100 ? "0.00" : "N0", CultureInfo.InvariantCulture);
}
