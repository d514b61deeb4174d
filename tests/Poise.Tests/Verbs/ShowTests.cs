using System.Text.Json;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

public sealed class ShowTests
{
    const string Stories = "tests/golden/models/stories260K";

    [Fact]
    public void JsonCarriesTheFacts()
    {
        PoiseProcess.Result result = PoiseProcess.Run("show", Stories, "--json", "--context", "100,512", "--tensors");
        Assert.Equal(0, result.Code);
        JsonElement facts = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal("llama", facts.GetProperty("architecture").GetString());
        Assert.Equal(260_032, facts.GetProperty("parameters").GetInt64());
        Assert.Equal(512, facts.GetProperty("context").GetInt32());
        Assert.Equal(1_040_128, facts.GetProperty("weightBytes").GetInt64());
        // 5 layers, keys and values, 4 heads of 8, 2 bytes each.
        Assert.Equal(5 * 2 * 4 * 8 * 2 * 100, facts.GetProperty("keyValueBytes").GetProperty("100").GetInt64());
        Assert.Equal(47, facts.GetProperty("tensors").GetArrayLength());
        Assert.Equal("F32", facts.GetProperty("types")[0].GetProperty("type").GetString());
    }

    [Fact]
    public void TextIsPlainWhereItIsRedirected()
    {
        PoiseProcess.Result result = PoiseProcess.Run("show", Stories);
        Assert.Equal(0, result.Code);
        Assert.Contains("architecture:      llama\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void ATensorsValuesAreWrittenAndItsStatisticsHold()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("norm.safetensors");
        Assert.Equal(0, PoiseProcess.Run("show", Stories, "--tensor", "model.norm.weight", "--out", path).Code);
        float[] values;
        using (Checkpoint file = CheckpointFile.Open(path)) values = file.Get("model.norm.weight").ToFloats();
        using (Checkpoint model = CheckpointFile.Open(Shared.Golden("models", "stories260K", "model.safetensors")))
            Assert.Equal(model.Get("model.norm.weight").ToFloats(), values);

        PoiseProcess.Result result = PoiseProcess.Run("show", Stories, "--tensor", "model.norm.weight", "--json");
        JsonElement statistics = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(64, statistics.GetProperty("count").GetInt64());
        Assert.Equal(values.Min(), statistics.GetProperty("min").GetSingle());
        Assert.Equal(values.Max(), statistics.GetProperty("max").GetSingle());
        double mean = values.Average(v => (double)v);
        Assert.Equal(mean, statistics.GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), statistics.GetProperty("std").GetDouble(), 1e-12);
        Assert.Equal(0, statistics.GetProperty("nan").GetInt64());
    }
}
