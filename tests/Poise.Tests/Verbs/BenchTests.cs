using System.Diagnostics;
using System.Text.Json;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise bench</c> as a person and as a script see it.</summary>
public sealed class BenchTests
{
    const string Stories = "tests/golden/models/stories260K";

    [Fact]
    public void TheTableHasARowForEachMeasurement()
    {
        PoiseProcess.Result result = PoiseProcess.Run("bench", Stories, "--prompt", "20,300", "--decode", "4", "--depth", "0,100", "--batch", "1,3", "--rounds", "2");
        Assert.True(result.Code == 0, result.Error);
        Assert.Empty(result.Error);
        Assert.DoesNotContain('\u001b', result.Output);
        foreach (string fact in (string[])["model:", "weights:", "settings:", "processor:", "kernels:", "memory:", "load:", "peak memory:"])
            Assert.Contains(fact, result.Output, StringComparison.Ordinal);
        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Matches(@"^test +batch +tok/s +\+- +min +max +each +GiB/s$", lines[^9]);
        (string Test, int Batch)[] rows =
        [
            ("prompt 20", 1), ("prompt 20", 3), ("prompt 300", 1), ("prompt 300", 3),
            ("decode 4", 1), ("decode 4", 3), ("decode 4 at 100", 1), ("decode 4 at 100", 3),
        ];
        for (int i = 0; i < rows.Length; i++)
        {
            string bandwidth = rows[i].Batch == 1 && rows[i].Test[0] == 'd' ? @"[\d,.]+" : "-";
            Assert.Matches($@"^{rows[i].Test} +{rows[i].Batch}( +[\d,.]+){{5}} +{bandwidth}$", lines[^(rows.Length - i)]);
        }
    }

    [Fact]
    public void JsonCarriesEveryRound()
    {
        PoiseProcess.Result result = PoiseProcess.Run(
            "bench", Stories, "--prompt", "20", "--decode", "4", "--depth", "64", "--batch", "2,1", "--rounds", "3", "--seed", "9", "--threads", "1", "--placement", "mapped", "--json");
        Assert.True(result.Code == 0, result.Error);
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(report.GetProperty("complete").GetBoolean());
        JsonElement machine = report.GetProperty("machine"), model = report.GetProperty("model"), settings = report.GetProperty("settings");
        Assert.NotEmpty(machine.GetProperty("processor").GetString()!);
        Assert.True(machine.GetProperty("memoryBytes").GetInt64() > 0);
        Assert.Contains(machine.GetProperty("vectorBits").GetInt32(), (int[])[128, 256, 512]);
        Assert.Matches("^(C#|assembled)", machine.GetProperty("kernels").GetString()!);
        Assert.Equal("llama", model.GetProperty("architecture").GetString());
        Assert.Equal(1_040_128, model.GetProperty("weightBytes").GetInt64());
        Assert.Equal("F32", model.GetProperty("types")[0].GetProperty("type").GetString());
        Assert.Equal((1, "mapped", "int8", 3, 9), (settings.GetProperty("threads").GetInt32(), settings.GetProperty("placement").GetString(),
            settings.GetProperty("activations").GetString(), settings.GetProperty("rounds").GetInt32(), settings.GetProperty("seed").GetInt32()));
        Assert.True(report.GetProperty("loadSeconds").GetDouble() > 0);

        JsonElement[] rows = [.. report.GetProperty("measurements").EnumerateArray()];
        Assert.Equal([("prompt", 20, 0, 2), ("prompt", 20, 0, 1), ("decode", 4, 64, 2), ("decode", 4, 64, 1)],
            rows.Select(r => (r.GetProperty("kind").GetString()!, r.GetProperty("tokens").GetInt32(), r.GetProperty("depth").GetInt32(), r.GetProperty("batch").GetInt32())));
        foreach (JsonElement row in rows)
        {
            JsonElement speed = row.GetProperty("tokensPerSecond");
            double[] rounds = [.. speed.GetProperty("rounds").EnumerateArray().Select(r => r.GetDouble()).Order()];
            Assert.Equal(3, rounds.Length);
            Assert.True(rounds[0] > 0);
            Assert.Equal((rounds[0], rounds[1], rounds[2]),
                (speed.GetProperty("minimum").GetDouble(), speed.GetProperty("median").GetDouble(), speed.GetProperty("maximum").GetDouble()));
            Assert.Equal(Math.Min(rounds[1] - rounds[0], rounds[2] - rounds[1]), speed.GetProperty("deviation").GetDouble(), 1e-6);
            Assert.Equal(rounds[1] / row.GetProperty("batch").GetInt32(), row.GetProperty("tokensPerSecondPerSequence").GetDouble(), 1e-6);
        }
        foreach (JsonElement row in rows[..3]) Assert.Equal(JsonValueKind.Null, row.GetProperty("gibibytesPerSecond").ValueKind);
        double median = rows[3].GetProperty("tokensPerSecond").GetProperty("median").GetDouble();
        Assert.Equal(median * model.GetProperty("activeBytes").GetInt64() / (1 << 30), rows[3].GetProperty("gibibytesPerSecond").GetDouble(), 1e-6);
    }

    [Theory]
    [InlineData(2, "--batch takes whole numbers from 1", "--batch", "0")]
    [InlineData(2, "--prompt takes whole numbers", "--prompt", "1,x")]
    [InlineData(2, "--depth takes whole numbers", "--depth", "-1")]
    [InlineData(2, "--rounds", "--rounds", "0")]
    [InlineData(2, "--decode", "--decode", "99999999999")]
    [InlineData(2, "nothing to measure", "--prompt", "0", "--decode", "0")]
    [InlineData(1, "--prompt 600 needs a context of 601 tokens, and this model's is 512", "--prompt", "600")]
    [InlineData(1, "--depth 512", "--depth", "0,512")]
    public void BadInputIsNamed(int code, string named, params string[] options)
    {
        PoiseProcess.Result result = PoiseProcess.Run(["bench", Stories, .. options]);
        Assert.Equal(code, result.Code);
        Assert.Empty(result.Output);
        Assert.StartsWith("poise: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.InRange(result.Error.TrimEnd('\n').Split('\n').Length, 1, 2);
    }

    [Fact]
    public async Task CtrlCEndsWith130AndWhatWasMeasured()
    {
        if (OperatingSystem.IsLinux() && RunTests.InterruptsAreIgnored()) Assert.Skip("this shell started the tests with interrupts ignored, and children inherit that");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        // The first measurement takes milliseconds; a thousand rounds of the second take minutes.
        using Process process = PoiseProcess.Start(slow: true, "bench", Stories, "--prompt", "1", "--decode", "480", "--rounds", "1000", "--threads", "1", "--json");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> error = process.StandardError.ReadToEndAsync(cancellation), output = process.StandardOutput.ReadToEndAsync(cancellation);
        await Task.Delay(TimeSpan.FromSeconds(10), cancellation);
        Assert.False(process.HasExited);
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(cancellation);
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(5));
        if (!ended) process.Kill();
        Assert.True(ended, "it did not end in five seconds");
        Assert.Equal(130, process.ExitCode);
        Assert.Matches(@"^stopped: [01] of 2 measurements are complete(, and the last row has \d+ of 1000 rounds)?\n$", await error);
        JsonElement report = JsonDocument.Parse(await output).RootElement;
        Assert.False(report.GetProperty("complete").GetBoolean());
        Assert.True(report.GetProperty("measurements").GetArrayLength() > 0);
    }
}
