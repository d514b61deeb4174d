using System.Text.Json;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise logits</c> against the golden numbers of a small trained model, and what it refuses.</summary>
public sealed class LogitsTests
{
    const string Stories = "tests/golden/models/stories260K";
    const float Tolerance = 2e-4f;

    [Fact]
    public void LogitsAndHiddenStatesAreTheGoldenOnes()
    {
        using var folder = new TemporaryFolder();
        using Checkpoint golden = CheckpointFile.Open(Shared.Golden("models", "stories260K", "golden.safetensors"));
        string prompts = folder.File("prompts.jsonl"), output = folder.File("out.safetensors");
        File.WriteAllLines(prompts, Enumerable.Range(0, 2).Select(i =>
            JsonSerializer.Serialize(new { id = $"p{i}", ids = golden.Get($"prompt.{i}").ToFloats().Select(id => (int)id).ToArray() })));

        PoiseProcess.Result result = PoiseProcess.Run("logits", Stories, prompts, "--out", output, "--activations", "f32", "--hidden", "--threads", "2");
        Assert.True(result.Code == 0, result.Error);
        Assert.Empty(result.Output);
        using Checkpoint written = CheckpointFile.Open(output);
        AssertClose(golden.Get("logits.0"), written.Get("p0"));
        AssertClose(golden.Get("logits.1"), written.Get("p1"));
        AssertClose(golden.Get("hidden.0"), written.Get("p0.hidden"));
        Assert.Equal([output, prompts], Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("line 2: the id 'a'", """{"id":"a","ids":[1]}""", """{"id":"a","ids":[2]}""")]
    [InlineData("line 1: id 512 is outside the vocabulary (0 to 511)", """{"id":"a","ids":[512]}""")]
    [InlineData("line 1: id -1 is outside", """{"id":"a","ids":[-1]}""")]
    [InlineData("line 1: \"ids\" is empty", """{"id":"a","ids":[]}""")]
    [InlineData("line 1: \"ids\" is missing", """{"id":"a","text":"x"}""")]
    [InlineData("line 1: not a JSON object: \"ids\" holds something else", """{"id":"a","ids":[1.5]}""")]
    [InlineData("line 1: not a JSON object: \"id\" is missing", """{"ids":[1]}""")]
    [InlineData("line 3: not a JSON object", """{"id":7,"ids":[1]}""", "", "ids")]
    [InlineData("no prompts", "")]
    public void ABadLineIsRefusedWithItsNumber(string named, params string[] lines)
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("out.safetensors");
        PoiseProcess.Result result = PoiseProcess.RunWithInput(string.Join('\n', lines) + "\n", "logits", Stories, "-", "--out", output);
        Assert.Equal(1, result.Code);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Contains("standard input", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void APromptLongerThanTheContextIsRefusedWithTheFigures()
    {
        using var folder = new TemporaryFolder();
        string line = JsonSerializer.Serialize(new { id = "long", ids = Enumerable.Repeat(1, 513).ToArray() });
        PoiseProcess.Result result = PoiseProcess.RunWithInput(line, "logits", Stories, "-", "--out", folder.File("out.safetensors"));
        Assert.Equal(1, result.Code);
        Assert.Contains("513 tokens do not fit in this model's context of 512", result.Error, StringComparison.Ordinal);
    }

    static void AssertClose(StoredTensor expected, StoredTensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        float worst = expected.ToFloats().Zip(actual.ToFloats(), (e, a) => MathF.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance, $"{actual.Name}: {worst} above {Tolerance}");
    }
}
