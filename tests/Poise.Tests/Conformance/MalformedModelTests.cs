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

    public static TheoryData<string> Rejected => Files("reject");

    public static TheoryData<string> Accepted => Files("accept");

    [Theory]
    [MemberData(nameof(Rejected))]
    public void IsRefusedByName(string file)
    {
        PoiseException e = Assert.ThrowsAny<PoiseException>(() =>
        {
            using ModelPackage package = ModelPackage.Open(Path.Combine(s_folder, file));
            using Model model = package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 1 });
            _ = package.Tokenizer;
        });
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
