using Poise.Core.Adapters;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Conformance;
using Poise.Tests.Support;

namespace Poise.Tests.Adapters;

/// <summary>
/// One adapter in every form gives one model: as a PEFT folder and as a GGUF adapter, beside its base and merged into it, on the
/// Hugging Face folder and on its GGUF twin, whatever the placement of the weights.
/// </summary>
public class LayoutTests(ITestOutputHelper output)
{
    static readonly int[] s_prompt = [5, 9, 17, 33, 2, 60, 11, 7, 42];

    public static TheoryData<string> Models => ["llama3.1", "gpt2", "gpt-oss-mxfp4"];

    /// <summary>A folder and its twin.</summary>
    public static TheoryData<string, string> Others => new()
    {
        { "gemma2-plain", "gemma2-plain" }, { "qwen3-moe", "qwen3-moe" }, { "deepseek-v3", "deepseek-v3" }, { "deepseek-v3", "deepseek-v3-old" }, { "deepseek-v2-lite", "deepseek-v2-lite" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void EveryFormOfAnAdapterGivesTheSameModel(string name) => CheckForms(Shared.Golden("models", name), Shared.Golden("gguf", "twins", name, "model.gguf"), name);

    [Theory]
    [MemberData(nameof(Others))]
    public void EveryFormOfAnAdapterGivesTheSameModelOfOtherFamilies(string name, string twin) =>
        CheckForms(Shared.Get("golden", "models", name), Shared.Get("golden", "gguf", "twins", twin, "model.gguf"), name);

    void CheckForms(string hf, string gguf, string name)
    {
        using var folder = new TemporaryFolder();
        string peft = folder.File("peft"), single = folder.File("adapter.gguf");
        using (ModelPackage package = ModelPackage.Open(hf))
        {
            AdapterBase @base = AdapterBase.Of(package);
            using Adapter adapter = RandomAdapter.For(@base);
            AdapterFile.WritePeft(adapter, @base, peft);
            AdapterFile.WriteGguf(adapter, @base, package.Config, single);
            using Adapter again = AdapterFile.Read(peft, @base);
            RandomAdapter.AssertEqual(adapter, again);
            Assert.Empty(again.Notes);
        }

        float[] plain = Logits(hf, null), expected = Logits(hf, peft);
        Assert.True(GoldenModel.Difference(plain, expected) > 0.1);
        Compare("HF, GGUF adapter", Logits(hf, single), expected);
        float[] twin = Logits(gguf, peft);
        Compare("GGUF, PEFT", twin, expected);
        Compare("GGUF, GGUF adapter", Logits(gguf, single), twin);
        Compare("GGUF mapped", Logits(gguf, peft, WeightPlacement.Mapped), twin);
        if (name == "gpt-oss-mxfp4") Compare("original layout, PEFT", Logits(Shared.Golden("models", "gpt-oss-original"), peft), expected);
        AdapterMerger.Merge(hf, peft, folder.File("merged"), new MergeOptions { Type = TensorType.F32 });
        Compare("merged HF", Logits(folder.File("merged"), null), expected);
        AdapterMerger.Merge(gguf, single, folder.File("merged.gguf"), new MergeOptions { Type = TensorType.F32 });
        Compare("merged GGUF", Logits(folder.File("merged.gguf"), null), twin);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ReplacedNormsAndBiasesAreAppliedAndMerged(string name) => CheckVectors(Shared.Golden("models", name), Shared.Golden("gguf", "twins", name, "model.gguf"));

    [Theory]
    [MemberData(nameof(Others))]
    public void ReplacedNormsOfOtherFamiliesAreAppliedAndMerged(string name, string twin) =>
        CheckVectors(Shared.Get("golden", "models", name), Shared.Get("golden", "gguf", "twins", twin, "model.gguf"));

    [Theory]
    [MemberData(nameof(Others))]
    public void MagnitudesOfOtherFamiliesAreAppliedAndMerged(string name, string twin) =>
        CheckMerged(Shared.Get("golden", "models", name), Shared.Get("golden", "gguf", "twins", twin, "model.gguf"), RandomAdapter.Dora);

    [Theory]
    [InlineData("qwen3-moe", "qwen3-moe")]
    [InlineData("deepseek-v3", "deepseek-v3")]
    [InlineData("deepseek-v3", "deepseek-v3-old")]
    public void ExpertsOneByOneAreAppliedAndMerged(string name, string twin) =>
        CheckMerged(Shared.Get("golden", "models", name), Shared.Get("golden", "gguf", "twins", twin, "model.gguf"), RandomAdapter.OfExperts);

    void CheckVectors(string hf, string gguf) => CheckMerged(hf, gguf, RandomAdapter.OfVectors);

    void CheckMerged(string hf, string gguf, Func<AdapterBase, Adapter> make)
    {
        using var folder = new TemporaryFolder();
        string peft = folder.File("peft");
        using (ModelPackage package = ModelPackage.Open(hf))
        {
            AdapterBase @base = AdapterBase.Of(package);
            using Adapter adapter = make(@base);
            AdapterFile.WritePeft(adapter, @base, peft);
        }

        float[] plain = Logits(hf, null), expected = Logits(hf, peft);
        Assert.True(GoldenModel.Difference(plain, expected) > 0.1);
        Compare("GGUF", Logits(gguf, peft), expected);
        AdapterMerger.Merge(hf, peft, folder.File("merged"), new MergeOptions { Type = TensorType.F32 });
        Compare("merged HF", Logits(folder.File("merged"), null), expected);
        AdapterMerger.Merge(gguf, peft, folder.File("merged.gguf"), new MergeOptions { Type = TensorType.F32 });
        Compare("merged GGUF", Logits(folder.File("merged.gguf"), null), expected);
    }

    [Fact]
    public void WhereTheWeightsLieChangesNoBit()
    {
        string path = Shared.Golden("adapters", "bases", "gpt_oss_mxfp4"), adapter = Shared.Golden("adapters", "gpt_oss_mxfp4-experts");
        float[] packed = Logits(path, adapter, WeightPlacement.Packed, ActivationPrecision.Int8);
        Assert.Equal(packed, Logits(path, adapter, WeightPlacement.Mapped, ActivationPrecision.Int8));
        Assert.Equal(packed, Logits(path, adapter, WeightPlacement.Streamed, ActivationPrecision.Int8));
        Assert.NotEqual(packed, Logits(path, null, WeightPlacement.Packed, ActivationPrecision.Int8));
    }

    [Fact]
    public void APublishersGgufAdapterIsItsPeftFolder()
    {
        string folder = Shared.Get("golden", "gguf", "lora");
        using ModelPackage package = ModelPackage.Open(Shared.Get("golden", "gguf", "twins", "llama3.1", "model.gguf"));
        using Model model = package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 2 });
        using var golden = new GoldenModel(folder, package.Path);
        for (int p = 0; golden.Has($"prompt.{p}"); p++)
        {
            foreach ((string path, string logits, double strength) in (IEnumerable<(string, string, double)>)[("adapter.gguf", "logits", 1), ("peft", "logits", 1), ("adapter.gguf", "half", 0.5)])
            {
                if (!golden.Has($"{logits}.{p}")) continue;
                using LoadedAdapter adapter = AdapterFile.Load(Path.Combine(folder, path), package, model, strength);
                double error = GoldenModel.Difference(golden.Floats($"{logits}.{p}"), Logits(model, adapter, golden.Ids($"prompt.{p}")));
                output.WriteLine($"{path} {logits}.{p}: {error:0.0e+0}");
                Assert.True(error <= golden.Tolerance, $"{path}: {error}");
            }
        }
    }

    [Fact]
    public void MergedExpertsMayBeMxfp4Again()
    {
        using var folder = new TemporaryFolder();
        string hf = Shared.Golden("models", "gpt-oss-mxfp4"), peft = folder.File("peft");
        using (ModelPackage package = ModelPackage.Open(hf))
        {
            AdapterBase @base = AdapterBase.Of(package);
            using Adapter adapter = RandomAdapter.For(@base);
            AdapterFile.WritePeft(adapter, @base, peft);
        }

        IReadOnlyList<string> notes = AdapterMerger.Merge(hf, peft, folder.File("merged"), new MergeOptions { Type = TensorType.MXFP4 });
        Assert.Contains(notes, note => note.Contains("quantised again", StringComparison.Ordinal));
        using ModelPackage merged = ModelPackage.Open(folder.File("merged")), original = ModelPackage.Open(hf);
        Assert.Equal(original.Checkpoint.Tensors.Select(t => (t.Name, t.Type)), merged.Checkpoint.Tensors.Select(t => (t.Name, t.Type)));
    }

    [Fact]
    public void ABaseOtherThanTheRecordedOneIsTold()
    {
        using var folder = new TemporaryFolder();
        using ModelPackage first = ModelPackage.Open(Shared.Golden("adapters", "bases", "llama"));
        AdapterBase @base = AdapterBase.Of(first);
        using Adapter adapter = RandomAdapter.For(@base);
        AdapterFile.WritePeft(adapter, @base, folder.File("peft"));
        var other = new AdapterBase("another", @base.Parameters, @base.Tied) { Digest = "folder-sampled:00" };
        using Adapter read = AdapterFile.Read(folder.File("peft"), other);
        string note = Assert.Single(read.Notes);
        Assert.Contains(@base.Digest!, note);
        Assert.Contains("another", note);
    }

    void Compare(string what, float[] actual, float[] expected)
    {
        double error = GoldenModel.Difference(expected, actual);
        output.WriteLine($"{what}: {error:0.0e+0}");
        Assert.True(error <= 1e-3, $"{what}: {error}");
    }

    static float[] Logits(string path, string? adapterPath, WeightPlacement placement = WeightPlacement.Automatic, ActivationPrecision activations = ActivationPrecision.F32)
    {
        using ModelPackage package = ModelPackage.Open(path);
        using Model model = package.Load(new LoadOptions { Activations = activations, Threads = 2, Placement = placement });
        using LoadedAdapter? adapter = adapterPath is null ? null : AdapterFile.Load(adapterPath, package, model);
        return Logits(model, adapter, s_prompt);
    }

    static float[] Logits(Model model, LoadedAdapter? adapter, int[] ids)
    {
        using Sequence sequence = model.CreateSequence(ids.Length + 1, adapter);
        float[] logits = new float[ids.Length * model.Config.VocabularySize];
        model.Forward([new Segment(sequence, ids, ids.Length)], logits);
        return logits;
    }
}
