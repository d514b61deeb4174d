using System.Globalization;
using System.Text.Json;

namespace Poise.Benchmarks.Comparing;

/// <summary>llama.cpp, by bench/peer/llama-cpp.mjs.</summary>
/// <param name="folder">Holds node_modules with node-llama-cpp.</param>
sealed class PeerContestant(string script, string folder, string model, int threads) : IContestant
{
    const double Gibi = 1L << 30;

    public async Task<IReadOnlyList<double>> RunAsync(CompareRow row, int rounds, CancellationToken cancellation)
    {
        if (row.Kind == CompareKind.FirstToken)
        {
            var times = new List<double>();
            for (int round = 0; round <= rounds; round++)
            {
                JsonElement one = await MeasureAsync(row, 0, cancellation);
                if (round > 0) times.Add(one.GetProperty("firstTokenSeconds").GetDouble());
            }
            return times;
        }

        JsonElement json = await MeasureAsync(row, rounds, cancellation);
        if (row.Kind == CompareKind.Memory) return [json.GetProperty("peakMemoryBytes").GetDouble() / Gibi];
        return [.. json.GetProperty(row.Kind == CompareKind.Prompt ? "promptTokensPerSecond" : "decodeTokensPerSecond").EnumerateArray().Select(round => round.GetDouble())];
    }

    async Task<JsonElement> MeasureAsync(CompareRow row, int rounds, CancellationToken cancellation)
    {
        // Room for all rounds behind one another, and no more than that: memory is compared too.
        int context = (row.Depth + row.Tokens * (row.Kind == CompareKind.Prompt ? 1 : rounds + 1) + 64 + 255) / 256 * 256;
        string[] what = row.Kind == CompareKind.Prompt ? ["--prompt", Text(row.Tokens)] : ["--decode", Text(row.Tokens), "--depth", Text(row.Depth)];
        ChildProcess.Result result = await ChildProcess.RunAsync("node",
            [script, model, .. what, "--streams", Text(row.Streams), "--threads", Text(threads), "--rounds", Text(rounds), "--context", Text(context)],
            new Dictionary<string, string> { ["PEER_MODULES"] = Path.Combine(folder, "node_modules") }, cancellation);
        // Native code may print lines of its own before.
        string last = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        using JsonDocument document = JsonDocument.Parse(last);
        return document.RootElement.Clone();
    }

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
