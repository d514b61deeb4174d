using Poise.Core.Training.Recipes;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Replaying;

/// <summary>A small run of twelve steps that was done once; each test takes a copy of it, with model and data, and changes what it likes.</summary>
public sealed class RecordedRun : IDisposable
{
    internal const string RecipeText = """
        model: model
        data: {train: data.jsonl, max_length: 40, packing: true, order: shuffled, seed: 5}
        adapter: {kind: lora, r: 2, alpha: 4, target_modules: all-linear, target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]}
        optimizer: {learning_rate: 1e-2, max_gradient_norm: 1.0}
        schedule: {kind: cosine, warmup_steps: 2}
        run: {batch_size: 2, accumulation: 1, steps: 12, checkpoint_every: 3, keep_checkpoints: 10, digest_every: 4}
        """;

    readonly TemporaryFolder _original = new();

    public RecordedRun()
    {
        CopyFolder(Shared.Golden("training", "bases", "gpt_oss_mxfp4"), _original.File("model"));
        File.WriteAllLines(_original.File("data.jsonl"), DataLines(20));
        using var run = new FineTuneRun(Recipe.Parse(RecipeText), _original.File("model"), [_original.File("data.jsonl")], _original.File("run"), 2);
        Assert.NotNull(run.Run());
    }

    /// <summary>A folder with model, data.jsonl and run.</summary>
    internal TemporaryFolder Copy()
    {
        var copy = new TemporaryFolder();
        CopyFolder(_original.Path, copy.Path);
        return copy;
    }

    internal static string[] DataLines(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int start = random.Next(2, 50), length = random.Next(6, 18);
            int[] ids = [1, .. Enumerable.Range(0, length).Select(i => (start + 3 * i) % 60 + 2)];
            return $"{{\"input_ids\":[{string.Join(",", ids)}],\"labels\":[{string.Join(",", ids.Select((id, i) => i < 3 ? -100 : id))}]}}";
        })];
    }

    /// <summary>The transcript with other content and a chain that holds again.</summary>
    internal static void Rechain(string run, Func<TranscriptHeader, TranscriptHeader>? header = null, Func<TranscriptEntry, IEnumerable<TranscriptEntry>>? entries = null)
    {
        string path = Path.Combine(run, RunFolder.Transcript);
        Transcript transcript = Transcript.Read(path);
        File.Delete(path);
        using TranscriptWriter writer = TranscriptWriter.Create(path, header?.Invoke(transcript.Header) ?? transcript.Header);
        foreach (TranscriptEntry entry in transcript.Entries)
            foreach (TranscriptEntry changed in entries?.Invoke(entry) ?? [entry]) writer.Append(changed);
    }

    /// <summary>The same where only steps change, one for one.</summary>
    internal static void RechainSteps(string run, long step, Func<TranscriptStep, TranscriptStep> change) =>
        Rechain(run, entries: entry => [entry is TranscriptStep one && one.Step == step ? change(one) : entry]);

    /// <summary>Turns one bit of a file.</summary>
    internal static void Flip(string path, long at, int bit = 0)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at] ^= (byte)(1 << bit);
        File.WriteAllBytes(path, bytes);
    }

    internal static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    public void Dispose() => _original.Dispose();
}
