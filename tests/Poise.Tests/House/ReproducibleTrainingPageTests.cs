using Poise.Tests.Support;
using Poise.Tests.Training.Replaying;

namespace Poise.Tests.House;

/// <summary>The recipe and the commands of docs/reproducible-training.md are run, one after the other.</summary>
public sealed class ReproducibleTrainingPageTests
{
    const string Page = "docs/reproducible-training.md";

    [Fact]
    public void ItsCommandsWork()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), Snippets.Blocks(Page).Single(block => block.Text.StartsWith("model:", StringComparison.Ordinal)).Text);
        File.WriteAllLines(folder.File("examples.jsonl"), RecordedRun.DataLines(20));
        // A recipe is for the model that it names.
        string model = folder.File("tiny");
        RecordedRun.CopyFolder(Shared.Golden("training", "bases", "llama_xs"), model);
        // Those of nano take longer; the tests of its card do a segment.
        string[][] commands = [.. Snippets.Commands(Page).Select(command => Snippets.PoiseArguments(command)!).Where(arguments => arguments[0] != "reproduce")];
        Assert.Equal(["finetune", "replay", "replay", "replay"], commands.Select(arguments => arguments[0]));
        foreach (string[] arguments in commands)
        {
            // Files of the page lie in the folder.
            PoiseProcess.Result result = PoiseProcess.Run([.. arguments.Select(word => word == "MODEL" ? model : Path.GetFileName(word) is "run" or "transcript.jsonl" or "recipe.yaml" or "examples.jsonl" ? folder.File(word) : word)]);
            Assert.True(result.Code == 0, string.Join(' ', arguments) + "\n" + result.Output + result.Error);
        }
    }
}
