using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training;
using Poise.Core.Training.Learning;
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
        Assert.Equal(Directory.GetFiles(TrainingRuns.Chat).Select(Path.GetFileName).Where(name => name != "golden.safetensors").Order(StringComparer.Ordinal), Directory.GetFiles(result).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string name in (string[])["config.json", "tokenizer.json", "model.safetensors.index.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(TrainingRuns.Chat, name)), File.ReadAllBytes(Path.Combine(result, name)));
        using SafetensorsFolder before = SafetensorsFolder.Open(TrainingRuns.Chat), after = SafetensorsFolder.Open(result);
        Assert.Equal(before.Tensors.Select(t => (t.Name, t.Type, string.Join(',', t.Shape), Path.GetFileName(t.File))), after.Tensors.Select(t => (t.Name, t.Type, string.Join(',', t.Shape), Path.GetFileName(t.File))));
        Assert.All(before.Tensors, t => Assert.False(t.ToFloats().AsSpan().SequenceEqual(after.Get(t.Name).ToFloats()), $"{t.Name} has learnt nothing"));
        // The data count up by three.
        Assert.True(RankOfNext(result) < RankOfNext(TrainingRuns.Chat));
    }

    // How many tokens are likelier than 21 after 12, 15, 18.
    static int RankOfNext(string path)
    {
        using ModelPackage package = ModelPackage.Open(path);
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        using Sequence sequence = model.CreateSequence(16);
        float[] logits = new float[package.Config.VocabularySize];
        model.Forward([new Segment(sequence, new[] { 1, 12, 15, 18 })], logits);
        return logits.Count(logit => logit > logits[21]);
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
    public void AnOutputThatIsStoredBesideItsTable()
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

        // The graph reads what is there, so that the two part, and the configuration says so.
        string result = _runs.Run("untied", TrainingRuns.Recipe("full"), model, _runs.Data)!;
        using SafetensorsFolder before = SafetensorsFolder.Open(model), after = SafetensorsFolder.Open(result);
        Assert.NotEqual(Bytes(after.Get("model.embed_tokens.weight")), Bytes(after.Get("lm_head.weight")));
        Assert.NotEqual(Bytes(before.Get("lm_head.weight")), Bytes(after.Get("lm_head.weight")));
        Assert.Contains("\"tie_word_embeddings\": false", File.ReadAllText(Path.Combine(result, "config.json")), StringComparison.Ordinal);

        // One that no graph read stays the table.
        StoredTensor stored = before.Get("model.embed_tokens.weight");
        using var parameter = new Parameter(stored.Name, stored.Shape, new FloatRows((int)stored.Shape[1]).Resize((int)stored.Shape[0]));
        parameter.Value.All.Fill(0.5f);
        new ModelFolder(before, stored.Name).Write(_runs.File("tied"), [parameter]);
        using SafetensorsFolder tied = SafetensorsFolder.Open(_runs.File("tied"));
        Assert.All(tied.Get("lm_head.weight").ToFloats().Concat(tied.Get(stored.Name).ToFloats()), value => Assert.Equal(0.5f, value));
        Assert.Equal(File.ReadAllBytes(Path.Combine(model, "config.json")), File.ReadAllBytes(_runs.File("tied/config.json")));
        Assert.Equal(Bytes(before.Get("model.norm.weight")), Bytes(tied.Get("model.norm.weight")));
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
