using System.Text.Json;
using System.Text.Json.Nodes;
using Poise.Benchmarks.Kernels;
using Poise.Benchmarks.Limits;
using Poise.Cli.Measuring;

namespace Poise.Benchmarks.Results;

/// <summary>Limits and kernels of one machine, as JSON: times in seconds, sizes in bytes, rates in the unit of their limit.</summary>
sealed record ResultsFile(ResultsMachine Machine, int Rounds, MachineLimits Limits, IReadOnlyList<KernelResult> Kernels)
{
    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public void Write(string path)
    {
        var json = new JsonObject
        {
            ["machine"] = new JsonObject
            {
                ["processor"] = Machine.Processor, ["processors"] = Machine.Processors, ["vectorBits"] = Machine.VectorBits,
                ["architecture"] = Machine.Architecture, ["runtime"] = Machine.Runtime,
            },
            ["rounds"] = Rounds,
            ["limits"] = new JsonArray([.. Limits.All.Select(limit => (JsonNode)new JsonObject
            {
                ["kind"] = limit.Kind.ToString(), ["threads"] = limit.Threads, ["unit"] = limit.Unit, ["value"] = Of(limit.Value),
            })]),
            ["kernels"] = new JsonArray([.. Kernels.Select(kernel => (JsonNode)new JsonObject
            {
                ["kernel"] = kernel.Kernel, ["size"] = kernel.Size, ["unit"] = kernel.Unit, ["threads"] = kernel.Threads, ["compute"] = kernel.Compute?.ToString(),
                ["bytes"] = kernel.Bytes, ["multiplyAdds"] = kernel.MultiplyAdds, ["seconds"] = Of(kernel.Seconds),
                ["readBeside"] = kernel.ReadBeside is { } read ? Of(read) : null,
            })]),
        };
        File.WriteAllText(path, json.ToJsonString(s_indented) + "\n");
    }

    public static ResultsFile Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement root = document.RootElement, machine = root.GetProperty("machine");
        return new ResultsFile(
            new ResultsMachine(Text(machine, "processor"), Number(machine, "processors"), Number(machine, "vectorBits"), Text(machine, "architecture"), Text(machine, "runtime")),
            Number(root, "rounds"),
            new MachineLimits([.. root.GetProperty("limits").EnumerateArray().Select(limit =>
                new Limit(Kind(limit.GetProperty("kind"))!.Value, Number(limit, "threads"), SpreadOf(limit.GetProperty("value"))))]),
            [.. root.GetProperty("kernels").EnumerateArray().Select(kernel => new KernelResult(Text(kernel, "kernel"), Number(kernel, "size"), Text(kernel, "unit"),
                Number(kernel, "threads"), Kind(kernel.GetProperty("compute")), kernel.GetProperty("bytes").GetDouble(), kernel.GetProperty("multiplyAdds").GetDouble(),
                SpreadOf(kernel.GetProperty("seconds")),
                kernel.GetProperty("readBeside") is { ValueKind: JsonValueKind.Object } read ? SpreadOf(read) : null))]);
    }

    static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    static LimitKind? Kind(JsonElement json) => json.GetString() is { } name ? Enum.Parse<LimitKind>(name) : null;

    static JsonObject Of(Spread spread) => new()
    {
        ["median"] = spread.Median, ["minimum"] = spread.Minimum, ["maximum"] = spread.Maximum, ["deviation"] = spread.Deviation,
    };

    static Spread SpreadOf(JsonElement json) =>
        new(json.GetProperty("median").GetDouble(), json.GetProperty("minimum").GetDouble(), json.GetProperty("maximum").GetDouble(), json.GetProperty("deviation").GetDouble());
}
