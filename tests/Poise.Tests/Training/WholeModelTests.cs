using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Reports;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Tests.Training;

/// <summary>Full fine-tuning: what comes out is a model like its base.</summary>
public sealed class WholeModelTests : IDisposable
{
    readonly TrainingRuns _runs = new();

    [Fact]
    public void TheModelHasTheLayoutOfItsBaseAndRuns()
    {
        string recipe = TrainingRuns.Recipe("full").Replace("steps: 9", "steps: 30", StringComparison.Ordinal);
        var losses = new List<RunMetrics>();
        string result = _runs.Run("chat", recipe, TrainingRuns.Chat, _runs.Data, observe: losses.Add)!;
        Assert.True(losses[^1].EvaluationLoss < losses[0].Loss - 0.5, $"{losses[0]} {losses[^1]}");
        Assert.Equal(Directory.GetFiles(TrainingRuns.Chat).Select(Path.GetFileName).Order(StringComparer.Ordinal), Directory.GetFiles(result).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string name in (string[])["config.json", "tokenizer.json", "model.safetensors.index.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(TrainingRuns.Chat, name)), File.ReadAllBytes(Path.Combine(result, name)));
        using SafetensorsFolder before = SafetensorsFolder.Open(TrainingRuns.Chat), after = SafetensorsFolder.Open(result);
        Assert.Equal(before.Tensors.Select(t => (t.Name, t.Type, string.Join(',', t.Shape), Path.GetFileName(t.File))), after.Tensors.Select(t => (t.Name, t.Type, string.Join(',', t.Shape), Path.GetFileName(t.File))));
        Assert.All(before.Tensors, t => Assert.False(t.ToFloats().AsSpan().SequenceEqual(after.Get(t.Name).ToFloats()), $"{t.Name} has learnt nothing"));
        using ModelPackage package = ModelPackage.Open(result);
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        using Sequence sequence = model.CreateSequence(16);
        float[] logits = new float[package.Config.VocabularySize];
        // The data count up by three.
        model.Forward([new Segment(sequence, new[] { 1, 12, 15, 18 })], logits);
        Assert.Equal(21, Array.IndexOf(logits, logits.Max()));
    }

    [Fact]
    public void CodesOfQuantisedWeightsStayAsTheyAre()
    {
        var notes = new List<string>();
        string result = _runs.Run("mixture", TrainingRuns.Recipe("full"), TrainingRuns.Mixture, _runs.Data, warn: notes.Add)!;
        Assert.Contains("8 tensors", Assert.Single(notes), StringComparison.Ordinal);
        using SafetensorsFolder before = SafetensorsFolder.Open(TrainingRuns.Mixture), after = SafetensorsFolder.Open(result);
        foreach (StoredTensor tensor in before.Tensors)
        {
            bool same = Bytes(tensor).AsSpan().SequenceEqual(Bytes(after.Get(tensor.Name)));
            Assert.True(same == (tensor.Type == TensorType.U8), $"{tensor.Name} is {(same ? "the same" : "another")}");
        }
    }

    [Fact]
    public void ATiedOutputThatIsStoredTwiceStaysTheTable()
    {
        string model = _runs.Copy(TrainingRuns.Chat, "twice");
        using (SafetensorsFolder folder = SafetensorsFolder.Open(TrainingRuns.Chat))
        {
            // As some exporters write it: the output beside the table that it is.
            SafetensorsFile first = folder.Files[0];
            var writer = new SafetensorsWriter();
            StoredTensor table = folder.Get("model.embed_tokens.weight");
            foreach (StoredTensor tensor in first.Tensors) writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(Bytes(tensor)));
            writer.AddTensor("lm_head.weight", table.Type, table.Shape, stream => stream.Write(Bytes(table)));
            writer.Write(Path.Combine(model, Path.GetFileName(first.Path)));
            string index = Path.Combine(model, SafetensorsFolder.IndexName);
            File.WriteAllText(index, File.ReadAllText(index).Replace("\"weight_map\": {", $"\"weight_map\": {{ \"lm_head.weight\": \"{Path.GetFileName(first.Path)}\",", StringComparison.Ordinal));
        }

        string result = _runs.Run("tied", TrainingRuns.Recipe("full"), model, _runs.Data)!;
        using SafetensorsFolder after = SafetensorsFolder.Open(result);
        Assert.Equal(Bytes(after.Get("model.embed_tokens.weight")), Bytes(after.Get("lm_head.weight")));
        using SafetensorsFolder before = SafetensorsFolder.Open(model);
        Assert.NotEqual(Bytes(before.Get("lm_head.weight")), Bytes(after.Get("lm_head.weight")));
    }

    [Fact]
    public void AnAdapterHasNoPlaceInFullTraining()
    {
        PoiseException error = Assert.Throws<PoiseException>(() => _runs.Run("none", TrainingRuns.Recipe("full"), TrainingRuns.Mixture, _runs.Data, start: "somewhere"));
        Assert.Contains("poise merge", error.Message, StringComparison.Ordinal);
    }

    static byte[] Bytes(StoredTensor tensor) => tensor.Bytes(0, (int)tensor.ByteLength).ToArray();

    public void Dispose() => _runs.Dispose();
}
