using System.Globalization;
using System.Text.Json;
using Poise.Tensors;

namespace Poise.Benchmarks.Comparing;

/// <summary>Poise, by its command line: <c>poise bench --json</c>, and <c>poise run</c> for the first token.</summary>
sealed class PoiseContestant(string program, string model, int threads) : IContestant
{
    const double Gibi = 1L << 30;

    static readonly Dictionary<string, string> s_environment = [];

    public async Task<IReadOnlyList<double>> RunAsync(CompareRow row, int rounds, CancellationToken cancellation)
    {
        if (row.Kind == CompareKind.FirstToken) return await FirstTokensAsync(rounds, cancellation);
        string[] what = row.Kind == CompareKind.Prompt
            ? ["--prompt", Text(row.Tokens), "--decode", "0"]
            : ["--prompt", "0", "--decode", Text(row.Tokens), "--depth", Text(row.Depth)];
        ChildProcess.Result result = await ChildProcess.RunAsync(program,
            ["bench", model, .. what, "--batch", Text(row.Streams), "--threads", Text(threads), "--rounds", Text(rounds), "--json"], s_environment, cancellation);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        if (row.Kind == CompareKind.Memory) return [json.RootElement.GetProperty("peakMemoryBytes").GetDouble() / Gibi];
        return [.. json.RootElement.GetProperty("measurements")[0].GetProperty("tokensPerSecond").GetProperty("rounds").EnumerateArray().Select(round => round.GetDouble())];
    }

    // Mapped: the first token does not wait until the weights are packed.
    async Task<IReadOnlyList<double>> FirstTokensAsync(int rounds, CancellationToken cancellation)
    {
        var times = new List<double>();
        for (int round = 0; round <= rounds; round++)
        {
            ChildProcess.Result result = await ChildProcess.RunAsync(program,
                ["run", model, "Once upon a time there", "--raw", "--placement", "mapped", "--max-tokens", "1", "--threads", Text(threads)], s_environment, cancellation);
            if (result.FirstOutput is not { } first) throw new PoiseException("poise run wrote nothing: the model's first token has no text");
            if (round > 0) times.Add(first.TotalSeconds);
        }
        return times;
    }

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
