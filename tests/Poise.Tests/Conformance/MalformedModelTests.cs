using System.Text.Json;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Conformance;

/// <summary>Files whose container is sound: the model in them is refused before a token is computed, or gives the base model's logits.</summary>
public class MalformedModelTests
{
    static readonly string s_folder = Shared.Golden("malformed");

    /// <summary>Sound weights, unsound vocabulary: opening, loading or the first use of the tokenizer refuses them.</summary>
    static readonly string[] s_vocabularies = ["gguf/tokens-of-numbers.gguf", "gguf/scores-short.gguf", "gguf/token-types-long.gguf", "gguf/tokens-more-than-rows.gguf"];

    public static TheoryData<string> Rejected => [.. Files("reject").Select(row => row.Data).Except(s_vocabularies)];

    public static TheoryData<string> Vocabularies => [.. s_vocabularies];

    public static TheoryData<string> Accepted => Files("accept");

    [Theory]
    [MemberData(nameof(Rejected))]
    public void IsRefusedByName(string file) => IsRefused(file, tokenizer: false);

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void TheVocabularyIsRefusedByName(string file)
    {
        // Where even the sound file has no tokenizer, a refusal says nothing about the vocabulary.
        using (ModelPackage sound = ModelPackage.Open(Path.Combine(s_folder, "gguf", "ok-base.gguf")))
        {
            try
            {
                _ = sound.Tokenizer;
            }
            catch (PoiseException e)
            {
                Assert.Skip($"the base model's tokenizer is refused too: {e.Message}");
            }
        }

        IsRefused(file, tokenizer: true);
    }

    static void IsRefused(string file, bool tokenizer)
    {
        PoiseException e = Assert.ThrowsAny<PoiseException>(() =>
        {
            using ModelPackage package = ModelPackage.Open(Path.Combine(s_folder, file));
            using Model model = package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 1 });
            if (tokenizer) _ = package.Tokenizer;
        });
        TestContext.Current.TestOutputHelper?.WriteLine(e.Message);
        Assert.Contains(Path.GetFileName(file), e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void GivesTheLogitsOfTheBaseModel(string file)
    {
        var golden = new TinySafetensors(Path.Combine(s_folder, "base-logits.safetensors"));
        int[] prompt = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(golden.Bytes("prompt")).ToArray();
        using ModelPackage package = ModelPackage.Open(Path.Combine(s_folder, file));
        using Model model = package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 1 });
        bool rounded = file.Contains("f16", StringComparison.Ordinal) || file.Contains("bf16", StringComparison.Ordinal);
        Assert.InRange(GoldenModel.Difference(golden.Floats("logits"), GoldenModel.Logits(model, prompt)), 0, rounded ? 0.05 : 2e-5);
    }

    static TheoryData<string> Files(string verdict)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(s_folder, "verdicts.json")));
        return [.. json.RootElement.EnumerateArray()
            .Where(e => e.GetProperty("level").GetString() == "model" && e.GetProperty("verdict").GetString() == verdict)
            .Select(e => e.GetProperty("file").GetString()!)];
    }
}
