using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise merge</c> and <c>--adapter</c> as a person uses them.</summary>
public class MergeVerbTests
{
    static string Base => Shared.Golden("adapters", "bases", "llama");

    static string Dora => Shared.Golden("adapters", "llama-dora");

    [Fact]
    public void AMergedModelHasTheLogitsOfTheAdapterBesideItsBase()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("prompts.jsonl"), "{\"id\":\"p\",\"ids\":[1,2,3,4,5]}\n");
        Run("merge", Base, Dora, folder.File("merged"), "--type", "F32");
        float[] merged = Logits(folder.File("merged")), beside = Logits(Base, "--adapter", Dora), plain = Logits(Base);
        Assert.True(Conformance.GoldenModel.Difference(merged, beside) < 1e-3);
        Assert.True(Conformance.GoldenModel.Difference(plain, beside) > 0.1);

        float[] Logits(string model, params string[] more)
        {
            Run(["logits", model, folder.File("prompts.jsonl"), "--out", folder.File("out.safetensors"), "--activations", "f32", .. more]);
            using SafetensorsFile file = SafetensorsFile.Open(folder.File("out.safetensors"));
            return file.Get("p").ToFloats();
        }
    }

    [Theory]
    [InlineData("merge", "unknown-layer", "layers.7")]
    [InlineData("merge", "in-size", "expected shape [2, 64]")]
    [InlineData("logits", "rank-differs", "rank 4 by adapter_config.json")]
    public void AnAdapterThatDoesNotFitIsOneClearMessage(string verb, string adapter, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("prompts.jsonl"), "{\"id\":\"p\",\"ids\":[1]}\n");
        string path = Shared.Golden("adapters", "files", adapter);
        PoiseProcess.Result result = verb == "merge" ? PoiseProcess.Run("merge", Base, path, folder.File("out"))
            : PoiseProcess.Run("logits", Base, folder.File("prompts.jsonl"), "--out", folder.File("out.safetensors"), "--adapter", path);
        Assert.NotEqual(0, result.Code);
        Assert.Contains(message, result.Error);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.StartsWith("poise:", StringComparison.Ordinal));
        Assert.False(Path.Exists(folder.File("out")));
    }

    [Fact]
    public void RunAnswersWithTheAdapter()
    {
        using var folder = new TemporaryFolder();
        string model = Shared.Golden("models", "stories260K");
        using (ModelPackage package = ModelPackage.Open(model))
        {
            AdapterBase @base = AdapterBase.Of(package);
            using Adapter adapter = Tests.Adapters.RandomAdapter.For(@base);
            AdapterFile.WritePeft(adapter, @base, folder.File("peft"));
        }

        Run("merge", model, folder.File("peft"), folder.File("merged"));
        string plain = Answer(model), beside = Answer(model, "--adapter", folder.File("peft")), merged = Answer(folder.File("merged"));
        Assert.NotEqual(plain, beside);
        Assert.Equal(merged, beside);

        static string Answer(string model, params string[] more)
        {
            PoiseProcess.Result result = PoiseProcess.Run(["run", model, "Once upon a time", "--raw", "--max-tokens", "30", .. more]);
            Assert.True(result.Code == 0, result.Error);
            return result.Output;
        }
    }

    [Fact]
    public void AFolderThatIsThereIsNotOverwritten()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("precious"), "");
        PoiseProcess.Result result = PoiseProcess.Run("merge", Base, Dora, folder.Path);
        Assert.NotEqual(0, result.Code);
        Assert.Contains("is there already", result.Error);
        Assert.True(File.Exists(folder.File("precious")));
    }

    static void Run(params string[] arguments)
    {
        PoiseProcess.Result result = PoiseProcess.Run(arguments);
        Assert.True(result.Code == 0, result.Error);
    }
}
