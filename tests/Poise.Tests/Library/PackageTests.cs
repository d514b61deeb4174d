using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Library;

public class PackageTests
{
    /// <summary>Verdicts of the malformed set that configuration and vocabulary decide; tensor shapes are the loader's business.</summary>
    [Theory]
    [InlineData("architecture-missing", "general.architecture")]
    [InlineData("architecture-number", "general.architecture")]
    [InlineData("architecture-unknown", "gpt-oss, llama, gpt2")]
    [InlineData("block-count-string", "llama.block_count")]
    [InlineData("block-count-missing", "llama.block_count")]
    [InlineData("block-count-2e31", "llama.block_count")]
    [InlineData("heads-0", "llama.attention.head_count")]
    [InlineData("heads-3", "do not divide")]
    [InlineData("kv-heads-0", "llama.attention.head_count_kv")]
    [InlineData("width-mismatch", "llama.")]
    [InlineData("tokens-of-numbers", "tokenizer.ggml.tokens")]
    [InlineData("scores-short", "tokenizer.ggml.scores")]
    [InlineData("token-types-long", "tokenizer.ggml.token_type")]
    [InlineData("tokens-more-than-rows", "the rows of token_embd.weight")]
    [InlineData("eps-missing", "layer_norm_rms_epsilon")]
    [InlineData("eps-nan", "layer_norm_rms_epsilon")]
    [InlineData("rope-dims-3", "llama.rope.dimension_count")]
    [InlineData("split-alone", "split")]
    public void MalformedModelsAreRefused(string name, string expected)
    {
        var error = Assert.Throws<ModelFileException>(() => ModelPackage.Open(Shared.Golden("malformed", "gguf", name + ".gguf")));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ok-base")]
    [InlineData("ok-version-2")]
    [InlineData("ok-alignment-64")]
    [InlineData("ok-int-widths")]
    [InlineData("ok-extra-keys")]
    [InlineData("ok-architecture-last")]
    [InlineData("ok-trailing-bytes")]
    [InlineData("ok-no-final-padding")]
    [InlineData("ok-tensor-order")]
    [InlineData("ok-gaps")]
    [InlineData("ok-trailing-ones")]
    [InlineData("ok-f16-weights")]
    [InlineData("ok-duplicate-token")]
    public void OddButValidModelsOpen(string name)
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("malformed", "gguf", name + ".gguf"));
        Assert.Equal((1, 8, 2, 1), (package.Config.Layers, package.Config.HiddenSize, package.Config.Heads, package.Config.KeyValueHeads));
    }

    [Theory]
    [InlineData("gpt-oss-20b", 20_914_757_184, 3_608_307_264)]
    [InlineData("gpt-oss-120b", 116_829_156_672, 5_132_849_472)]
    [InlineData("llama-3.2-1b", 1_235_814_400, 1_235_814_400)]
    [InlineData("llama-3.2-3b", 3_212_749_824, 3_212_749_824)]
    [InlineData("llama-3.1-8b", 8_030_261_248, 8_030_261_248 - 128256L * 4096)]
    [InlineData("llama-2-7b", 6_738_415_616, 6_738_415_616 - 32000L * 4096)]
    [InlineData("gemma-2-2b", 2_614_341_888, 2_614_341_888)]
    [InlineData("gemma-2-9b", 9_241_705_984, 9_241_705_984)]
    [InlineData("gemma-2-27b", 27_227_128_320, 27_227_128_320)]
    [InlineData("qwen3-30b-a3b", 30_532_122_624, 30_532_122_624 - 151936L * 2048 - 48L * 120 * 3 * 768 * 2048)]
    [InlineData("qwen3-235b-a22b", 235_093_634_560, 235_093_634_560 - 151936L * 4096 - 94L * 120 * 3 * 1536 * 4096)]
    [InlineData("deepseek-v2-lite", 15_706_484_224, 15_706_484_224 - 102400L * 2048 - 26L * 58 * 3 * 1408 * 2048)]
    [InlineData("deepseek-v3", 671_026_419_200, 671_026_419_200 - 129280L * 7168 - 58L * 248 * 3 * 2048 * 7168)]
    [InlineData("gpt2", 124_439_808, 124_439_808)]
    [InlineData("gpt2-medium", 354_823_168, 354_823_168)]
    [InlineData("gpt2-large", 774_030_080, 774_030_080)]
    [InlineData("gpt2-xl", 1_557_611_200, 1_557_611_200)]
    public void PublishedShapesHaveTheirPublishedCounts(string name, long total, long active)
    {
        SyntheticShape shape = SyntheticShapes.Get(name);
        var expected = new ParameterCount(total, active);
        Assert.Equal(expected, Count(SyntheticTensors.Gguf(shape.Config, TensorType.Q8_0)));
        Assert.Equal(expected, Count(SyntheticTensors.HuggingFace(shape.Config, TensorType.BF16)));
        ParameterCount Count(IEnumerable<SyntheticTensor> tensors) => ParameterCount.Of(shape.Config, tensors.Select(t => (t.Name, t.Shape)));
    }

    [Theory]
    [InlineData("gpt-oss-20b", 459, 13_761_264_768)]
    [InlineData("gpt-oss-120b", 687, 65_248_815_744)]
    public void FoldersOfGptOssHaveTheirPublishedSize(string name, int tensors, long bytes)
    {
        SyntheticTensor[] all = [.. SyntheticTensors.HuggingFace(SyntheticShapes.Get(name).Config, TensorType.BF16)];
        Assert.Equal((tensors, bytes), (all.Length, all.Sum(t => t.ByteLength)));
    }

    [Fact]
    public void StopIdsAreTheUnion()
    {
        using ModelPackage gguf = ModelPackage.Open(Shared.Golden("gguf", "twins", "llama3.1", "model.gguf"));
        // eos 509, and the endings 505 <|end_of_text|> and 508 <|eom_id|> by their spelling.
        Assert.Equal([505, 508, 509], gguf.StopIds);
    }

    [Theory]
    [InlineData("gpt-oss-mxfp4", new[] { 504, 505, 506 })]
    [InlineData("llama3.1", new[] { 505, 508, 509 })]
    [InlineData("llama2", new[] { 2 })]
    [InlineData("gpt2", new[] { 511 })]
    public void FoldersStateTheirStopIds(string name, int[] expected)
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", name));
        Assert.Equal(expected, package.StopIds);
    }

    [Fact]
    public void TheCensusCountsEveryTensor()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("gguf", "twins", "gpt-oss-mxfp4", "model.gguf"));
        Assert.Equal(package.Checkpoint.Tensors.Count, package.TensorCensus.Sum(r => r.Count));
        Assert.Equal(package.WeightBytes, package.TensorCensus.Sum(r => r.Bytes));
        Assert.Equal(12, package.TensorCensus.Single(r => r.Type == TensorType.MXFP4).Count);
        Assert.Equal("GGUF v3", package.Layout);
        Assert.Equal("Gpt Oss Mxfp4", package.Name);
    }

    [Fact]
    public void TemplateAndLicenceComeFromTheFilesBeside()
    {
        using var temporary = new TemporaryFolder();
        string folder = temporary.Path;
        Write("tokenizer_config.json", """{"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}""");
        var files = new FolderFiles(folder);
        Assert.Equal("D", files.FindChatTemplate());
        Write("tokenizer_config.json", """{"chat_template": "S"}""");
        Assert.Equal("S", files.FindChatTemplate());
        Write("chat_template.jinja", "J");
        Assert.Equal("J", files.FindChatTemplate());
        Assert.Null(files.FindLicence());
        Write("LICENSE", "\n   Apache License\n   Version 2.0\n");
        Assert.Equal("Apache License", files.FindLicence());
        Write("README.md", "---\nlicense: other\nlicense_name: \"house-rules\"\n---\nlicense: no\n");
        Assert.Equal("house-rules", files.FindLicence());
        void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
    }

    [Fact]
    public void WhatIsNoModelSaysWhatToDo()
    {
        using var temporary = new TemporaryFolder();
        string text = Path.Combine(temporary.Path, "notes.txt");
        Assert.Contains("does not exist", Message(text), StringComparison.Ordinal);
        File.WriteAllText(text, "hello");
        Assert.Contains("is not a model", Message(text), StringComparison.Ordinal);
        Assert.Contains("holds no model", Message(temporary.Path), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(temporary.Path, "config.json"), "{}");
        Assert.Contains(".safetensors", Message(temporary.Path), StringComparison.Ordinal);
        Assert.Contains("No model was named", Message(""), StringComparison.Ordinal);
        static string Message(string path) => Assert.ThrowsAny<PoiseException>(() => ModelPackage.Open(path)).Message;
    }

    [Fact]
    public void MemoryThatIsNotThereIsForeseen()
    {
        var forecast = new MemoryForecast(12L << 30, 1L << 29, 4096);
        forecast.Check("model.gguf", 13L << 30);
        string message = Assert.Throws<PoiseException>(() => forecast.Check("model.gguf", 8L << 30)).Message;
        Assert.Contains("needs 12.5 GiB", message, StringComparison.Ordinal);
        Assert.Contains("8.0 GiB are available", message, StringComparison.Ordinal);
        Assert.InRange(MachineMemory.AvailableBytes(), 1L << 20, 1L << 50);
    }
}
