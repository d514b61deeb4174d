using System.Text.Json;
using Poise.Tests.House;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>The walk-through of docs/finetuning.md, command by command.</summary>
public sealed class FinetuningPageTests
{
    [Fact]
    public void TheWalkThroughWorks()
    {
        using var folder = new TemporaryFolder();
        var outputs = new List<string>();
        foreach (string command in Snippets.Commands("docs/finetuning.md"))
        {
            string[] arguments = [.. Snippets.PoiseArguments(command)!.Select(word => word.StartsWith("runs/", StringComparison.Ordinal) ? Path.Combine(folder.Path, word[5..]) : word)];
            PoiseProcess.Result result = PoiseProcess.Run(arguments);
            Assert.True(result.Code == 0, $"{command}\n{result.Error}");
            outputs.Add(result.Output);
        }

        Assert.Equal(7, outputs.Count);
        Assert.Contains("⟦", outputs[0], StringComparison.Ordinal);
        Assert.Contains("robot named Bolt", outputs[2], StringComparison.Ordinal);
        Assert.Contains("Bolt", outputs[6], StringComparison.Ordinal);
        double[] accuracies = [.. Numbers(folder.File("kind"), "evaluation_accuracy")], losses = [.. Numbers(folder.File("robot"), "evaluation_loss")];
        Assert.Equal(1, accuracies[^1]);
        Assert.True(losses[^1] < losses[0], string.Join(' ', losses));
        foreach (string run in (string[])["robot", "kind", "whole"]) Assert.True(File.Exists(Path.Combine(folder.File(run), "report.html")));
    }

    static IEnumerable<double> Numbers(string run, string name)
    {
        foreach (string line in File.ReadLines(Path.Combine(run, "metrics.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty(name, out JsonElement value)) yield return value.GetDouble();
        }
    }
}
