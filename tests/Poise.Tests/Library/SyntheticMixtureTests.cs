using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Library;

/// <summary>The layers that llama.cpp's Q4_K_M gives six bits, by published files and by its rule.</summary>
public class SyntheticMixtureTests
{
    // 32 layers: Llama 3.1 8B; 16: Llama 3.2 1B; 28: the worked example of the rule.
    [Theory]
    [InlineData(32, "0 1 2 3 6 9 12 15 18 21 24 27 28 29 30 31")]
    [InlineData(16, "0 1 4 7 10 13 14 15")]
    [InlineData(28, "0 1 2 5 8 11 14 17 20 23 24 25 26 27")]
    [InlineData(5, "2 4")]
    public void LayersWithMoreBits(int layers, string expected) =>
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, layers).Where(layer => SyntheticMixture.HasMoreBits(layer, layers))));

    [Theory]
    [InlineData("llama-3.2-1b", true)]
    [InlineData("llama-3.1-8b", false)]
    public void AFileHasTheMixture(string name, bool tied)
    {
        using var temporary = new TemporaryFolder();
        SyntheticShape shape = SyntheticShapes.Get(name).WithLayers(8);
        shape = shape with { Config = (LlamaConfig)shape.Config with { HiddenSize = 256, VocabularySize = 1600, Heads = 4, KeyValueHeads = 4, HeadSize = 64, IntermediateSize = 256 } };
        string path = temporary.File("m.gguf");
        SyntheticModel.Write(shape, new SyntheticOptions { Shape = name, IsQ4KM = true }, path, null, CancellationToken.None);
        using var file = Tensors.Formats.GgufFile.Open(path);
        foreach (string tensor in (string[])["blk.0.attn_v.weight", "blk.0.ffn_down.weight", "blk.3.attn_v.weight", "blk.7.ffn_down.weight"])
            Assert.Equal(TensorType.Q6_K, file.Get(tensor).Type);
        foreach (string tensor in (string[])["blk.1.attn_v.weight", "blk.2.ffn_down.weight", "blk.0.attn_q.weight", "blk.0.ffn_up.weight", "blk.7.attn_output.weight"])
            Assert.Equal(TensorType.Q4_K, file.Get(tensor).Type);
        Assert.Equal(tied ? TensorType.Q6_K : TensorType.Q4_K, file.Get("token_embd.weight").Type);
        if (!tied) Assert.Equal(TensorType.Q6_K, file.Get("output.weight").Type);
        Assert.Equal(TensorType.F32, file.Get("blk.0.attn_norm.weight").Type);
        using ModelPackage package = ModelPackage.Open(path);
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        using Sequence sequence = model.CreateSequence(8);
        var logits = new float[1600];
        model.Forward([new Segment(sequence, new[] { 300, 301 })], logits);
        Assert.All(logits, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void WhereItCannotBeMadeIsSaid()
    {
        using var temporary = new TemporaryFolder();
        string Message(string shape, string name) => Assert.Throws<PoiseException>(() =>
            SyntheticModel.Write(new SyntheticOptions { Shape = shape, IsQ4KM = true }, temporary.File(name))).Message;
        Assert.Contains("GPT-2", Message("gpt2", "m.gguf"), StringComparison.Ordinal);
        Assert.Contains(".gguf", Message("llama-3.2-1b", "folder"), StringComparison.Ordinal);
        Assert.Contains("whole number of blocks", Message("gpt-oss-20b", "m.gguf"), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }
}
