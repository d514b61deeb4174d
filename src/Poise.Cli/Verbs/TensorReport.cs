using System.Globalization;
using System.Text.Json;
using Poise.Cli.Output;
using Poise.Tensors.Formats;

namespace Poise.Cli.Verbs;

/// <summary>The list of tensors, and the statistics of one.</summary>
static class TensorReport
{
    public static void WriteListText(Checkpoint checkpoint) => Report.Table(["name", "type", "shape", "bytes"],
        checkpoint.Tensors.Select(t => new[] { t.Name, t.Type.ToString(), ShapeOf(t), Quantity.Count(t.ByteLength) }), [3]);

    public static void WriteListJson(Utf8JsonWriter json, Checkpoint checkpoint)
    {
        json.WriteStartArray("tensors");
        foreach (StoredTensor tensor in checkpoint.Tensors)
        {
            json.WriteStartObject();
            WriteIdentity(json, tensor);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void WriteStatisticsText(StoredTensor tensor, TensorStatistics statistics) => Report.Facts(
    [
        ("name", tensor.Name), ("type", tensor.Type.ToString()), ("shape", ShapeOf(tensor)), ("bytes", Quantity.Count(tensor.ByteLength)),
        ("count", Quantity.Count(statistics.Count)), ("min", Text(statistics.Minimum)), ("max", Text(statistics.Maximum)),
        ("mean", Text(statistics.Mean)), ("std", Text(statistics.Deviation)),
        ("zeros", Quantity.Count(statistics.Zeros)), ("infinite", Quantity.Count(statistics.Infinite)), ("NaN", Quantity.Count(statistics.NotANumber)),
    ]);

    public static void WriteStatisticsJson(Utf8JsonWriter json, StoredTensor tensor, TensorStatistics statistics)
    {
        WriteIdentity(json, tensor);
        json.WriteNumber("count", statistics.Count);
        WriteNumber(json, "min", statistics.Minimum);
        WriteNumber(json, "max", statistics.Maximum);
        WriteNumber(json, "mean", statistics.Mean);
        WriteNumber(json, "std", statistics.Deviation);
        json.WriteNumber("zeros", statistics.Zeros);
        json.WriteNumber("infinite", statistics.Infinite);
        json.WriteNumber("nan", statistics.NotANumber);
    }

    static void WriteIdentity(Utf8JsonWriter json, StoredTensor tensor)
    {
        json.WriteString("name", tensor.Name);
        json.WriteString("type", tensor.Type.ToString());
        json.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape) json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteNumber("bytes", tensor.ByteLength);
    }

    // JSON has no NaN and no infinity: a tensor without a finite number has no minimum.
    static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    static string Text(double value) => double.IsFinite(value) ? value.ToString("G9", CultureInfo.InvariantCulture) : "-";

    static string ShapeOf(StoredTensor tensor) => $"[{string.Join(", ", tensor.Shape)}]";
}
