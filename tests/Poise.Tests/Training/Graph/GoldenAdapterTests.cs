using System.Text.Json;
using Poise.Core.Adapters;
using Poise.Core.Models;
using Poise.Core.Training;
using Poise.Core.Training.Adapting;
using Poise.Core.Training.Graph;
using Poise.Tensors.Formats;
using Poise.Tests.Adapters;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Graph;

/// <summary>
/// Training goes on from every adapter that can be read: the graph gives the probabilities of the golden logits, its gradients are
/// those of finite differences, and what is written again is the same adapter.
/// </summary>
public sealed class GoldenAdapterTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(AdapterLogitsTests.All), MemberType = typeof(AdapterLogitsTests))]
    public void BesideTheProject(string name) => Check(GoldenAdapters.Shared, name);

    [Theory]
    [InlineData("gpt_oss_mxfp4-experts")]
    [InlineData("llama-dora")]
    [InlineData("llama-two-adapters")]
    public void OfTheProjectsOwnChoice(string name) => Check(GoldenAdapters.Own, name);

    void Check(string root, string name)
    {
        string folder = Path.Combine(root, name);
        JsonElement json = GoldenAdapters.Json(Path.Combine(folder, "golden.json"));
        string path = GoldenAdapters.BaseOf(root, json.GetProperty("base").GetString()!);
        (Checkpoint checkpoint, BaseFiles files) = GoldenAdapters.OpenBase(path);
        using Checkpoint open = checkpoint;
        var golden = new TinySafetensors(Path.Combine(folder, "golden.safetensors"));
        JsonConfig config = JsonConfig.Read(Path.Combine(path, "config.json"));
        string[] acting = json.TryGetProperty("adapter_of_prompt", out JsonElement each) ? [.. each.EnumerateArray().Select(e => e.GetString()!)] : [];
        foreach ((string adapterName, string adapterFolder) in GoldenAdapters.FoldersOf(folder))
        {
            using Adapter read = AdapterFile.Read(adapterFolder, files.Base);
            using TrainedAdapter trained = TrainedAdapter.Continue(read, files.Base, new FolderWeights(checkpoint));
            using TrainingModel model = TrainingModels.Load(config, checkpoint, _ => false, trained.Changes);
            using var tape = new Tape(2);
            double worst = 0;
            TrainingBatch? batch = null;
            for (int p = 0; golden.Names.Contains($"prompt.{p}"); p++)
            {
                if (acting.Length > 0 && acting[p] != adapterName) continue;
                int[] ids = [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(golden.Bytes($"prompt.{p}"))];
                if (ids.Length < 2) continue;
                batch = new TrainingBatch(ids, ids, [0]);
                float[] logits = golden.Floats($"logits.{p}");
                int vocabulary = logits.Length / ids.Length;
                tape.Gradients = false;
                float[] found = model.LogProbabilities(tape, batch).Value.All.ToArray();
                tape.Clear();
                for (int t = 0; t + 1 < ids.Length; t++) worst = Math.Max(worst, Math.Abs(found[t] - LogSoftmax(logits.AsSpan(t * vocabulary, vocabulary), ids[t + 1])));
            }

            double tolerance = 2 * json.GetProperty("tolerance").GetDouble();
            output.WriteLine($"{name} {adapterName}: ln p within {worst:0.0e+0} of {tolerance:0.0e+0}");
            Assert.NotNull(batch);
            Assert.True(worst <= tolerance, $"{worst} above {tolerance}");
            tape.Gradients = true;
            Differences(model, tape, batch, trained);
            Again(read, trained, files.Base);
        }
    }

    // Each parameter along its own gradient.
    static void Differences(TrainingModel model, Tape tape, TrainingBatch batch, TrainedAdapter trained)
    {
        foreach (Parameter parameter in trained.Parameters) parameter.Gradient.All.Clear();
        model.Train(tape, batch, 1);
        foreach (Parameter parameter in trained.Parameters)
        {
            float[] before = parameter.Value.All.ToArray(), gradient = parameter.Gradient.All.ToArray();
            double norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
            // DoRA's norms count as constants in the gradient of the factors, and vary in a difference.
            bool constant = trained.Pairs.Values.Any(pair => pair.Magnitude is not null && (pair.A == parameter || pair.B == parameter));
            if (norm < 1e-3 || constant) continue;
            // So small that no expert is chosen otherwise.
            float step = (float)(0.0005 / norm);
            double Loss(float along)
            {
                for (int i = 0; i < before.Length; i++) parameter.Value.All[i] = before[i] + along * gradient[i];
                return model.Evaluate(tape, batch);
            }

            double coarse = (Loss(step) - Loss(-step)) / (2 * step), fine = (Loss(step / 2) - Loss(-step / 2)) / step;
            before.CopyTo(parameter.Value.All);
            double expected = norm * norm, found = (4 * fine - coarse) / 3;
            Assert.True(Math.Abs(found - expected) <= 0.02 * expected + 0.02 * norm, $"{parameter.Name}: {expected:R}, by differences {found:R}");
        }
    }

    static void Again(Adapter read, TrainedAdapter trained, AdapterBase @base)
    {
        using var folder = new TemporaryFolder();
        using Adapter now = trained.ToAdapter("now");
        AdapterFile.WritePeft(now, @base, folder.Path);
        using Adapter again = AdapterFile.Read(folder.Path, @base);
        RandomAdapter.AssertEqual(read, again);
        Assert.Equal(read.Pairs.Select(p => p.Magnitudes ?? []), read.Pairs.Select(p => again.Pairs.First(o => o.Parameter.Name == p.Parameter.Name).Magnitudes ?? []));
        Assert.Equal(read.Pairs.Select(p => p.Bias ?? []), read.Pairs.Select(p => again.Pairs.First(o => o.Parameter.Name == p.Parameter.Name).Bias ?? []));
        // Copies of tables that PEFT writes beside their factors need not be there.
        foreach (Replacement replacement in again.Replacements) Assert.Equal(read.Replacements.First(r => r.Parameter.Name == replacement.Parameter.Name).Values, replacement.Values);
        Assert.All(read.Replacements.Where(r => again.Replacements.All(a => a.Parameter.Name != r.Parameter.Name)), r => Assert.Contains(read.Pairs, p => p.Parameter == r.Parameter));
        Assert.Equal(read.Rows.Select(r => (r.Table.Name, string.Join(",", r.Indices))), again.Rows.Select(r => (r.Table.Name, string.Join(",", r.Indices))));
        // Every parameter has the name of a tensor of the file.
        var names = new TinySafetensors(folder.File(PeftReader.FileName)).Names;
        Assert.Equal(names.Order(StringComparer.Ordinal), trained.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    static double LogSoftmax(ReadOnlySpan<float> logits, int target)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        return logits[target] - largest - Math.Log(sum);
    }
}
