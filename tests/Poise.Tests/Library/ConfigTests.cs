using System.Text;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Library;

public class ConfigTests
{
    [Theory]
    [InlineData("gpt-oss-mxfp4")]
    [InlineData("llama3.1")]
    [InlineData("gpt2")]
    public void AFolderAndItsGgufTwinGiveTheSameNumbers(string name) =>
        CompareTwins(Shared.Golden("models", name), Shared.Golden("gguf", "twins", name, "model.gguf"));

    [Theory]
    [InlineData("gpt-oss-mxfp4")]
    [InlineData("gpt-oss-dense")]
    [InlineData("llama2")]
    [InlineData("llama3.1")]
    [InlineData("llama3.2")]
    [InlineData("gpt2")]
    [InlineData("gemma2-plain")]
    [InlineData("qwen3-moe")]
    [InlineData("deepseek-v3")]
    [InlineData("deepseek-v2-lite")]
    public void AllTwinsGiveTheSameNumbers(string name) =>
        CompareTwins(Shared.Get("golden", "models", name), Shared.Get("golden", "gguf", "twins", name, "model.gguf"));

    [Fact]
    public void TheSplitTwinGivesTheSameNumbers() => CompareTwins(Shared.Golden("models", "llama3.2"), Shared.Golden("gguf", "split"));

    static void CompareTwins(string folder, string gguf)
    {
        using ModelPackage left = ModelPackage.Open(folder), right = ModelPackage.Open(gguf);
        ModelConfig expected = left.Config;
        // GGUF has only the divisors of Llama 3.1's scaling.
        if (expected is LlamaConfig { RopeScaling.Kind: RopeScalingKind.Llama3 } llama) expected = llama with { RopeScaling = RopeScaling.Divisors };
        Assert.Equal(expected, right.Config);
        Assert.Equal(left.Parameters, right.Parameters);
        Assert.Equal(left.ActiveParameters, right.ActiveParameters);
    }

    [Fact]
    public void TheOriginalLayoutGivesTheSameNumbers()
    {
        using ModelPackage left = ModelPackage.Open(Shared.Golden("models", "gpt-oss-mxfp4")), right = ModelPackage.Open(Shared.Golden("models", "gpt-oss-original"));
        Assert.Equal(left.Config, right.Config);
        Assert.Equal(left.Parameters, right.Parameters);
        Assert.Equal(left.ActiveParameters, right.ActiveParameters);
        Assert.Equal("OpenAI original", right.Layout);
    }

    [Fact]
    public void GptOssInTheOlderForm()
    {
        GptOssConfig config = GptOssConfig.FromHuggingFace(JsonConfig.Read(Shared.Golden("models", "gpt-oss-mxfp4", "config.json")));
        Assert.Equal((4, 96, 512, 16384), (config.Layers, config.HiddenSize, config.VocabularySize, config.ContextLength));
        Assert.Equal((4, 2, 64, 64), (config.Heads, config.KeyValueHeads, config.HeadSize, config.IntermediateSize));
        Assert.Equal((8, 4), (config.Experts, config.ActiveExperts));
        Assert.Equal([8, 0, 8, 0], Enumerable.Range(0, 4).Select(config.WindowOf));
        Assert.Equal(RopeScaling.Yarn(32, 512, 32, 1, truncate: false), config.RopeScaling);
        Assert.Equal(150000, config.RopeBase);
        Assert.Equal(0.1 * Math.Log(32) + 1, config.RopeScaling.AttentionFactor);
    }

    [Fact]
    public void GptOssInTheNewerForm()
    {
        GptOssConfig config = GptOssConfig.FromHuggingFace(JsonConfig.Read(Shared.Golden("models", "gpt-oss-dense", "config.json")));
        Assert.Equal(RopeScaling.Yarn(32, 32, 32, 1, truncate: false), config.RopeScaling);
        Assert.Equal((1024, 32, 150000.0), (config.ContextLength, config.IntermediateSize, config.RopeBase));
    }

    [Fact]
    public void LlamaDefaults()
    {
        LlamaConfig config = Llama("""{"hidden_size": 96, "num_attention_heads": 3, "num_hidden_layers": 2, "vocab_size": 512, "intermediate_size": 160, "head_dim": null, "rope_scaling": null}""");
        Assert.Equal((3, 32, 2048), (config.KeyValueHeads, config.HeadSize, config.ContextLength));
        Assert.Equal((10000.0, RopeScaling.None, false, false), (config.RopeBase, config.RopeScaling, config.AttentionBias, config.Tied));
    }

    [Theory]
    [InlineData("""{"rope_type": "dynamic", "factor": 2}""", "dynamic")]
    [InlineData("""{"rope_type": "linear"}""", "factor")]
    [InlineData("""{"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1, "original_max_position_embeddings": 8192}""", "fit together")]
    [InlineData("""{"rope_type": "yarn", "factor": 1e999}""", "finite")]
    [InlineData("""[1]""", "an object")]
    public void BadRopeScalingIsRefused(string block, string expected) => Refused($"\"rope_scaling\": {block}", expected);

    [Theory]
    [InlineData("\"num_hidden_layers\": 2147483648", "1 to 1000")]
    [InlineData("\"num_hidden_layers\": \"2\"", "whole number")]
    [InlineData("\"num_attention_heads\": 0", "1 to 4096")]
    [InlineData("\"num_attention_heads\": 5", "do not divide")]
    [InlineData("\"num_key_value_heads\": 0", "1 to 4096")]
    [InlineData("\"num_key_value_heads\": 2", "do not divide")]
    [InlineData("\"head_dim\": 33", "even")]
    [InlineData("\"rms_norm_eps\": 0", "above 0")]
    [InlineData("\"rms_norm_eps\": -1e-5", "above 0")]
    [InlineData("\"rms_norm_eps\": 1e-60", "above 0")]
    [InlineData("\"vocab_size\": 100000000", "16777216")]
    [InlineData("\"quantization_config\": {\"quant_method\": \"awq\"}", "awq")]
    [InlineData("\"hidden_act\": \"gelu\"", "silu")]
    [InlineData("\"partial_rotary_factor\": 0.5", "partial_rotary_factor")]
    public void NumbersThatNoModelHasAreRefused(string line, string expected) => Refused(line, expected);

    static void Refused(string line, string expected)
    {
        string json = $$"""{"hidden_size": 96, "num_attention_heads": 3, "num_hidden_layers": 2, "vocab_size": 512, "intermediate_size": 160, {{line}}}""";
        var error = Assert.Throws<ModelFileException>(() => Llama(json));
        Assert.Equal("config.json", error.File);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MixtralForCausalLM", "(Mixtral)")]
    [InlineData("Qwen3ForCausalLM", "(Qwen 3)")]
    [InlineData("NobodyForCausalLM", "'NobodyForCausalLM'")]
    public void UnsupportedArchitecturesAreNamed(string name, string expected)
    {
        var error = Assert.Throws<ModelFileException>(() => Architectures.FromHuggingFace(Parse($$"""{"architectures": ["{{name}}"]}""")));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("gpt-oss, llama, gpt2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1, 2]")]
    [InlineData("{\"a\": ")]
    [InlineData("{} x")]
    public void WhatIsNotAnObjectIsRefused(string json) => Assert.Throws<ModelFileException>(() => Parse(json));

    [Fact]
    public void DeepNestingIsRefused() =>
        Assert.Throws<ModelFileException>(() => Parse("{\"a\":" + new string('[', 100) + new string(']', 100) + "}"));

    static LlamaConfig Llama(string json) => LlamaConfig.FromHuggingFace(Parse(json));

    static JsonConfig Parse(string json) => JsonConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");
}
