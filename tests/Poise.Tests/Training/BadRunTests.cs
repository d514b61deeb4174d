using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Learning;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>What goes wrong is told in one message that says what to do, and nothing is lost.</summary>
public sealed class BadRunTests : IDisposable
{
    static readonly string s_sft = TrainingRuns.Recipe("sft");
    static readonly string s_llama = s_sft.Replace(", target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]", "", StringComparison.Ordinal);

    static readonly string s_plain = s_llama.Replace(", evaluation_share: 0.2", "", StringComparison.Ordinal).Replace(", evaluate_every: 4", "", StringComparison.Ordinal);

    readonly TrainingRuns _runs = new();

    [Fact]
    public void AnAdapterOfAnotherShapeIsNamed()
    {
        string adapter = Shared.Golden("training", "lora-gpt_oss-mxfp4", "initial");
        string message = Refused(() => _runs.Run("shape", s_llama, TrainingRuns.Llama, _runs.Data, start: adapter));
        Assert.Contains(adapter, message, StringComparison.Ordinal);
        // The same architecture in another width.
        string own = _runs.Run("own", s_llama, TrainingRuns.Llama, _runs.Data)!;
        message = Refused(() => _runs.Run("shape", s_llama, TrainingRuns.Chat, _runs.Data, start: own));
        Assert.Contains("model.layers.", message, StringComparison.Ordinal);
        Assert.Contains("expected shape", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_runs.File("shape")));
    }

    [Fact]
    public void AnotherBaseThanTheAdapterRecordsIsAWarning()
    {
        string adapter = _runs.Run("own", s_llama, TrainingRuns.Llama, _runs.Data)!, other = _runs.Copy(TrainingRuns.Llama, "other");
        Change(other, "model.norm.weight", (_, value) => value + 0.25f);
        var notes = new List<string>();
        Assert.NotNull(_runs.Run("on", s_llama, other, _runs.Data, start: adapter, warn: notes.Add));
        string note = Assert.Single(notes);
        Assert.Contains("made for another base", note, StringComparison.Ordinal);
        Assert.Equal(2, note.Split("folder-sampled:").Length - 1);
        notes.Clear();
        Assert.NotNull(_runs.Run("same", s_llama, TrainingRuns.Llama, _runs.Data, start: adapter, warn: notes.Add));
        Assert.Empty(notes);
    }

    [Fact]
    public void ALossThatIsNoNumberStopsAndTheLastCheckpointStays()
    {
        // A token that the data have once, at their end, has an embedding that is no number.
        string poisoned = _runs.Copy(TrainingRuns.Llama, "poisoned");
        Change(poisoned, "model.embed_tokens.weight", (i, value) => i / 32 == 70 ? float.NaN : value);
        File.AppendAllText(_runs.Data, "{\"input_ids\":[1,70,3,4,5]}\n");
        string recipe = s_plain.Replace("packing: true", "order: file", StringComparison.Ordinal);
        string message = Refused(() => _runs.Run("wild", recipe, poisoned, _runs.Data));
        Assert.Contains("is NaN at step 6. The last good checkpoint is kept. Try a tenth of the learning rate", message, StringComparison.Ordinal);
        string folder = Path.Combine(_runs.File("wild"), RunFolder.Checkpoints);
        CheckpointEntry last = CheckpointEntry.List(folder)[0];
        Assert.Equal(4, last.Step);
        Assert.Contains($"It is {last.Path}.", message, StringComparison.Ordinal);
        Assert.Null(last.FindDamage());
        Assert.False(Directory.Exists(Path.Combine(_runs.File("wild"), AdapterLearner.Folder)));
        Assert.Contains("stopped", File.ReadAllText(Path.Combine(_runs.File("wild"), "report.html")), StringComparison.Ordinal);
        // It comes to the same place again, and not further.
        Assert.Equal(message, Refused(() => _runs.Run("wild", recipe, poisoned, _runs.Data)));

        string broken = _runs.Copy(TrainingRuns.Llama, "broken");
        Change(broken, "model.norm.weight", (i, value) => i == 3 ? float.NaN : value);
        message = Refused(() => _runs.Run("nan", s_llama, broken, _runs.Data));
        Assert.Contains("The loss is NaN at step 1", message, StringComparison.Ordinal);
        Assert.Contains("There is none yet", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFullDiskIsToldBeforeTheRun()
    {
        string message = Refused(() => _runs.Run("full", s_sft, TrainingRuns.Mixture, _runs.Data, freeBytes: _ => 1_000_000));
        Assert.Contains("0.00 GB are free", message, StringComparison.Ordinal);
        Assert.Contains("keep_checkpoints", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADiskThatFillsUpLosesNothing()
    {
        string whole = _runs.DigestOf(_runs.Run("whole", s_sft, TrainingRuns.Mixture, _runs.Data)!);
        int asked = 0;
        // Once before the run, then at every checkpoint.
        string message = Refused(() => _runs.Run("fills", s_sft, TrainingRuns.Mixture, _runs.Data, freeBytes: _ => ++asked > 3 ? 1000 : long.MaxValue));
        Assert.Contains("step 6 was not saved", message, StringComparison.Ordinal);
        CheckpointEntry last = CheckpointEntry.List(Path.Combine(_runs.File("fills"), RunFolder.Checkpoints))[0];
        Assert.Equal(4, last.Step);
        Assert.Contains(last.Path, message, StringComparison.Ordinal);
        Assert.Null(last.FindDamage());
        Assert.Equal(whole, _runs.DigestOf(_runs.Run("fills", s_sft, TrainingRuns.Mixture, _runs.Data)!));
    }

    [Theory]
    [InlineData("{\"input_ids\":[1,2,3],\"labels\":[-100,-100,-100]}", "No token of the data carries loss")]
    [InlineData("{\"input_ids\":[1,2,3],\"labels\":[-100,-100,999]}", "line 1")]
    public void DataWithoutLossAreRefused(string line, string expected)
    {
        File.WriteAllText(_runs.File("bad.jsonl"), line + "\n");
        Assert.Contains(expected, Refused(() => _runs.Run("bad", s_plain, TrainingRuns.Llama, _runs.File("bad.jsonl"))), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_runs.File("bad")));
    }

    [Fact]
    public void ASampleLongerThanTheContextIsNamed()
    {
        File.WriteAllLines(_runs.File("long.jsonl"), ["{\"input_ids\":[1,2,3]}", $"{{\"input_ids\":[{string.Join(',', Enumerable.Repeat(7, 300))}]}}"]);
        string recipe = s_plain.Replace("max_length: 40", "max_length: 1000", StringComparison.Ordinal);
        string message = Refused(() => _runs.Run("long", recipe, TrainingRuns.Llama, _runs.File("long.jsonl")));
        Assert.Contains("long.jsonl, line 2: 300 tokens are more than the 256", message, StringComparison.Ordinal);
        Assert.Contains("max_length to 256", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALayerThatTheModelLacksIsRefused()
    {
        string recipe = s_llama.Replace("target_modules: all-linear", "target_modules: all-linear, layers: [1, 30]", StringComparison.Ordinal);
        Assert.Contains("layers has 30", Refused(() => _runs.Run("layers", recipe, TrainingRuns.Llama, _runs.Data)), StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderOfAnotherRunIsRefusedWithTheFirstDifference()
    {
        _runs.Interrupt("begun", s_llama, TrainingRuns.Llama, _runs.Data, 1, 3);
        string before = Snapshot("begun");
        string message = Refused(() => _runs.Run("begun", s_llama.Replace("1e-3", "2e-3", StringComparison.Ordinal), TrainingRuns.Llama, _runs.Data));
        Assert.Contains("another recipe: recipe, optimizer is learning_rate: 0.001 there and learning_rate: 0.002 here", message, StringComparison.Ordinal);

        File.WriteAllLines(_runs.File("other.jsonl"), TrainingRuns.Lines(seed: 4));
        Assert.Contains("other data: data data.jsonl", Refused(() => _runs.Run("begun", s_llama, TrainingRuns.Llama, _runs.File("other.jsonl"))), StringComparison.Ordinal);

        string other = _runs.Copy(TrainingRuns.Llama, "other");
        Change(other, "model.norm.weight", (_, value) => value + 0.25f);
        Assert.Contains("another base model: base is folder:", Refused(() => _runs.Run("begun", s_llama, other, _runs.Data)), StringComparison.Ordinal);

        string tokenizer = _runs.Copy(TrainingRuns.Llama, "tokenizer");
        File.WriteAllText(Path.Combine(tokenizer, "special_tokens_map.json"), "{}");
        Assert.Contains("another tokenizer", Refused(() => _runs.Run("begun", s_llama, tokenizer, _runs.Data)), StringComparison.Ordinal);

        string adapter = _runs.Run("adapter", s_llama, TrainingRuns.Llama, _runs.Data)!;
        Assert.Contains("another adapter to start from", Refused(() => _runs.Run("begun", s_llama, TrainingRuns.Llama, _runs.Data, start: adapter)), StringComparison.Ordinal);

        string transcript = Path.Combine(_runs.File("begun"), RunFolder.Transcript), aside = _runs.File("aside");
        File.Move(transcript, aside);
        Assert.Contains("no transcript.jsonl", Refused(() => _runs.Run("begun", s_llama, TrainingRuns.Llama, _runs.Data)), StringComparison.Ordinal);
        File.Move(aside, transcript);

        // Nothing was touched, and the run goes on.
        Assert.Equal(before, Snapshot("begun"));
        Assert.Equal(_runs.DigestOf(adapter), _runs.DigestOf(_runs.Run("begun", s_llama, TrainingRuns.Llama, _runs.Data)!));
    }

    [Fact]
    public void AnotherVersionOfTheProgramIsAWarning()
    {
        _runs.Interrupt("begun", s_llama, TrainingRuns.Llama, _runs.Data, 1, 3);
        TranscriptHeader header = Transcript.Read(Path.Combine(_runs.File("begun"), RunFolder.Transcript)).Header;
        Assert.Null(RunFolder.Check(_runs.File("begun"), header));
        Assert.Contains("begun by Poise", RunFolder.Check(_runs.File("begun"), header with { Code = "0.0.1" }), StringComparison.Ordinal);
        Assert.Null(RunFolder.Check(_runs.File("nowhere"), header));
    }

    [Fact]
    public void ADamagedCheckpointIsToldAndTheOneBeforeIsUsed()
    {
        string whole = _runs.DigestOf(_runs.Run("whole", s_llama, TrainingRuns.Llama, _runs.Data)!);
        _runs.Interrupt("begun", s_llama, TrainingRuns.Llama, _runs.Data, 1, 5);
        string newest = CheckpointEntry.List(Path.Combine(_runs.File("begun"), RunFolder.Checkpoints))[0].Path;
        File.AppendAllText(Path.Combine(newest, "state.json"), " ");
        var notes = new List<string>();
        Assert.Equal(whole, _runs.DigestOf(_runs.Run("begun", s_llama, TrainingRuns.Llama, _runs.Data, warn: notes.Add)!));
        Assert.Contains(newest, Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void AReportThatPeopleDeletedOrWroteToIsWrittenAnew()
    {
        _runs.Interrupt("begun", s_llama, TrainingRuns.Llama, _runs.Data, 1, 5);
        File.Delete(Path.Combine(_runs.File("begun"), "report.html"));
        File.WriteAllText(Path.Combine(_runs.File("begun"), "metrics.jsonl"), "not ours\n");
        Assert.NotNull(_runs.Run("begun", s_llama, TrainingRuns.Llama, _runs.Data));
        Assert.True(File.Exists(Path.Combine(_runs.File("begun"), "report.html")));
    }

    static string Refused(Func<object?> run) => Assert.ThrowsAny<PoiseException>(run).Message;

    // Files and their bytes.
    string Snapshot(string name) => string.Join('\n', Directory.GetFiles(_runs.File(name), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Where(path => Path.GetFileName(path) != ".lock").Select(path => $"{path} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}"));

    static void Change(string model, string name, Func<int, float, float> value)
    {
        string path = Path.Combine(model, "model.safetensors");
        var writer = new SafetensorsWriter();
        string changed = path + ".changed";
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            foreach (StoredTensor tensor in file.Tensors)
            {
                byte[] bytes = tensor.Bytes(0, (int)tensor.ByteLength).ToArray();
                if (tensor.Name == name)
                    for (int i = 0; i < tensor.Elements; i++) BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), value(i, BitConverter.ToSingle(bytes, 4 * i)));
                writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(bytes));
            }

            writer.Write(changed);
        }

        File.Move(changed, path, overwrite: true);
    }

    public void Dispose() => _runs.Dispose();
}
