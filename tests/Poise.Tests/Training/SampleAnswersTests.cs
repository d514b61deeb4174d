using System.Text.Json;
using Poise.Core.Training.Answers;
using Poise.Core.Training.Learning;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;
using Poise.Tensors;

namespace Poise.Tests.Training;

/// <summary>Answers on the way: they show what is learnt, and change nothing of the run.</summary>
public sealed class SampleAnswersTests : IDisposable
{
    const string Prompts = ", sample_prompts: [\"Once upon\", \"The sea\"], sample_every: 4}";

    readonly TrainingRuns _runs = new();

    [Theory]
    [InlineData("sft")]
    [InlineData("full")]
    public void AnswersAreTheSameAndChangeNothing(string method)
    {
        string plain = TrainingRuns.Recipe(method).Replace(", target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]", "", StringComparison.Ordinal);
        string recipe = plain[..plain.LastIndexOf('}')] + Prompts;
        string without = _runs.Run("without", plain, TrainingRuns.Chat, _runs.Data)!, with = _runs.Run("with", recipe, TrainingRuns.Chat, _runs.Data, 1)!;
        foreach (string path in Directory.GetFiles(without)) Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(with, Path.GetFileName(path))));
        (long Step, string Prompt, string Answer)[] samples = Read("with");
        Assert.Equal([(0, "Once upon"), (0, "The sea"), (4, "Once upon"), (4, "The sea"), (8, "Once upon"), (8, "The sea"), (9, "Once upon"), (9, "The sea")], samples.Select(s => (s.Step, s.Prompt)));
        Assert.All(samples, s => Assert.NotEmpty(s.Answer));
        // What is learnt shows, and the page has it.
        Assert.NotEqual(samples[0].Answer, samples[^2].Answer);
        Assert.Contains("Step 8: The sea", File.ReadAllText(Path.Combine(_runs.File("with"), "report.html")), StringComparison.Ordinal);

        _runs.Interrupt("resumed", recipe, TrainingRuns.Chat, _runs.Data, 3, 5);
        _runs.Run("resumed", recipe, TrainingRuns.Chat, _runs.Data, 2);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_runs.File("with"), SampleLog.FileName)), File.ReadAllBytes(Path.Combine(_runs.File("resumed"), SampleLog.FileName)));
    }

    /// <summary>The model that runs and the graph that learns say the same.</summary>
    [Fact]
    public void BothWaysToAnswerAgree()
    {
        string recipe = TrainingRuns.Recipe("sft").Replace(", target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]", "", StringComparison.Ordinal).Replace("1e-3", "1e-2", StringComparison.Ordinal);
        string adapter = _runs.Run("trained", recipe, TrainingRuns.Chat, _runs.Data)!;
        using var machine = new StepMachine(Recipe.Parse(recipe), TrainingRuns.Chat, [_runs.Data], 2, adapter);
        using var graph = new GraphAnswerer(machine.Learner.Model, machine.Tape);
        using var model = new ModelAnswerer(machine.Package, ((AdapterLearner)machine.Learner).ToAdapter("trained"), 2);
        int[] prompt = [1, 12, 15, 18];
        IReadOnlyList<int> answer = graph.Answer(prompt, 12, new HashSet<int>(), CancellationToken.None);
        Assert.Equal(12, answer.Count);
        Assert.Equal(answer, model.Answer(prompt, 12, new HashSet<int>(), CancellationToken.None));
        // A stop token ends an answer and is no part of it.
        IReadOnlyList<int> shorter = model.Answer(prompt, 12, new HashSet<int> { answer[5] }, CancellationToken.None);
        Assert.Equal(answer.Take(answer.ToList().IndexOf(answer[5])), shorter);
        Assert.Equal(shorter, graph.Answer(prompt, 12, new HashSet<int> { answer[5] }, CancellationToken.None));
    }

    [Fact]
    public void AModelWithoutATokenizerIsAskedNothing()
    {
        string plain = TrainingRuns.Recipe("sft"), recipe = plain[..plain.LastIndexOf('}')] + Prompts;
        PoiseException error = Assert.Throws<PoiseException>(() => _runs.Run("none", recipe, TrainingRuns.Mixture, _runs.Data));
        Assert.Contains("sample_prompts", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_runs.File("none")));
    }

    (long, string, string)[] Read(string name) => [.. File.ReadLines(Path.Combine(_runs.File(name), SampleLog.FileName)).Select(line =>
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return (root.GetProperty("step").GetInt64(), root.GetProperty("prompt").GetString()!, root.GetProperty("answer").GetString()!);
    })];

    public void Dispose() => _runs.Dispose();
}
