using System.Security.Cryptography;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>Small runs of every method in a temporary folder.</summary>
sealed class TrainingRuns : IDisposable
{
    public static readonly string Mixture = Shared.Golden("training", "bases", "gpt_oss_mxfp4"), Llama = Shared.Golden("training", "bases", "llama_xs"),
        Chat = Shared.Golden("models", "llama3.2");

    const string Rest = """

        optimizer: {learning_rate: 1e-3, max_gradient_norm: 1.0}
        schedule: {kind: cosine, warmup_steps: 2}
        run: {batch_size: 2, accumulation: 2, steps: 9, checkpoint_every: 2, digest_every: 3, evaluate_every: 4}
        """;

    /// <summary>By the name of a method: every one holds rows back, and packs where it can.</summary>
    public static string Recipe(string method) => method switch
    {
        "sft" => $"model: tiny\ndata: {{train: data.jsonl, max_length: 40, packing: true, seed: 5, evaluation_share: 0.2}}\nadapter: {{r: 2, alpha: 4, target_modules: all-linear, target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]}}{Rest}",
        "dpo" => $"model: tiny\nmethod: dpo\ndata: {{train: pairs.jsonl, max_length: 40, seed: 5, evaluation_share: 0.2}}\nadapter: {{r: 2, alpha: 4}}\ndpo: {{beta: 0.5}}{Rest}",
        "full" => $"model: tiny\nmethod: full\ndata: {{train: data.jsonl, max_length: 40, packing: true, seed: 5, evaluation_share: 0.2}}{Rest}",
        "full-bf16" => Recipe("full").Replace("max_gradient_norm: 1.0", "max_gradient_norm: 1.0, master_weights: bf16", StringComparison.Ordinal),
        "full-sgd" => Recipe("full").Replace("{learning_rate: 1e-3", "{kind: sgd, momentum: 0.9, learning_rate: 1e-2", StringComparison.Ordinal),
        _ => throw new ArgumentOutOfRangeException(nameof(method)),
    };

    readonly TemporaryFolder _temporary = new();

    public TrainingRuns()
    {
        Data = File("data.jsonl");
        Pairs = File("pairs.jsonl");
        System.IO.File.WriteAllLines(Data, Lines(seed: 3));
        System.IO.File.WriteAllLines(Pairs, PairLines(seed: 4));
    }

    /// <summary>Files of examples and of preferences, as ids below 62.</summary>
    public string Data { get; }

    public string Pairs { get; }

    public string File(string name) => _temporary.File(name);

    public string DataOf(string method) => method == "dpo" ? Pairs : Data;

    public string? Run(string name, string recipe, string model, string data, int threads = 2, Action<RunMetrics>? observe = null,
        string? start = null, IReadOnlyList<string>? evaluation = null, Func<string, long>? freeBytes = null, Action<string>? warn = null, CancellationToken cancellation = default)
    {
        var parsed = Core.Training.Recipes.Recipe.Parse(recipe);
        using var run = freeBytes is null
            ? new FineTuneRun(parsed, model, [data], File(name), threads, start, evaluation) { Warn = warn }
            : new FineTuneRun(parsed, model, [data], File(name), threads, start, evaluation) { Warn = warn, FreeBytes = freeBytes };
        foreach (string note in run.Notes) warn?.Invoke(note);
        return run.Run(observe, cancellation);
    }

    /// <summary>Stops a run after so many steps, as Ctrl-C does.</summary>
    public void Interrupt(string name, string recipe, string model, string data, int threads, long after)
    {
        using var cancellation = new CancellationTokenSource();
        string? result = Run(name, recipe, model, data, threads, step => { if (step.Step == after) cancellation.Cancel(); }, cancellation: cancellation.Token);
        Assert.Null(result);
    }

    /// <summary>The digest of everything in a folder and of the transcript of its run.</summary>
    public string DigestOf(string result)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in Directory.GetFiles(result, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Append(Path.Combine(Path.GetDirectoryName(result)!, RunFolder.Transcript)))
            hash.AppendData(System.IO.File.ReadAllBytes(path));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A copy of a model's folder, to be changed.</summary>
    public string Copy(string model, string name)
    {
        string folder = File(name);
        Directory.CreateDirectory(folder);
        foreach (string path in Directory.GetFiles(model)) System.IO.File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        return folder;
    }

    public static string[] Lines(int seed, int count = 20)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int start = random.Next(2, 50), length = random.Next(6, 18);
            int[] ids = [1, .. Enumerable.Range(0, length).Select(i => (start + 3 * i) % 60 + 2)];
            string text = string.Join(",", ids), labels = string.Join(",", ids.Select((id, i) => i < 3 ? -100 : id));
            return $"{{\"input_ids\":[{text}],\"labels\":[{labels}]}}";
        })];
    }

    /// <summary>The wanted answer counts up, the other one down.</summary>
    static string[] PairLines(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 20).Select(_ =>
        {
            int start = random.Next(10, 40), length = random.Next(3, 7);
            string Ids(int step) => string.Join(",", Enumerable.Range(1, length).Select(i => start + step * i));
            return $"{{\"prompt\":[1,{start},5],\"chosen\":[{Ids(1)}],\"rejected\":[{Ids(-1)}]}}";
        })];
    }

    public void Dispose() => _temporary.Dispose();
}
