using System.Text;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Tests.Library;

/// <summary>What publishers recommend, as their files spell it.</summary>
public sealed class GenerationDefaultsTests
{
    [Fact]
    public void AFileOfTransformersIsRead()
    {
        GenerationDefaults found = Read("""{"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,"min_p":0,"repetition_penalty":1.05,"eos_token_id":[1,2]}""");
        Assert.Equal(new GenerationDefaults { Temperature = 0.6, TopK = 20, TopP = 0.95, MinP = 0, RepetitionPenalty = 1.05 }, found);
        GenerationOptions options = found.ApplyTo(new GenerationOptions { Seed = 3 });
        Assert.Equal((0.6, 20, 0.95, 1.05, 3UL), (options.Temperature, options.TopK, options.TopP, options.RepetitionPenalty, options.Seed));
    }

    [Fact]
    public void WhatIsNotSaidStaysOpen()
    {
        Assert.Equal(GenerationDefaults.None, Read("{}"));
        Assert.Equal(GenerationDefaults.None, Read("""{"temperature":null,"top_p":null}"""));
        Assert.Equal(new GenerationOptions(), GenerationDefaults.None.ApplyTo(new GenerationOptions()));
        Assert.Equal(new GenerationDefaults { Temperature = 1 }, Read("""{"do_sample":true}"""));
        Assert.Equal(new GenerationDefaults { Temperature = 0 }, Read("""{"do_sample":false,"temperature":0.7,"top_p":0.9}"""));
        Assert.Equal(new GenerationDefaults { TopK = 0 }, Read("""{"top_k":-1}"""));
    }

    [Theory]
    [InlineData("temperature", "-0.5")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("top_k", "2.5")]
    [InlineData("top_k", "-7")]
    [InlineData("top_p", "0")]
    [InlineData("top_p", "1.2")]
    [InlineData("min_p", "1e999")]
    [InlineData("repetition_penalty", "0")]
    [InlineData("do_sample", "1")]
    public void AWrongValueIsNamed(string key, string value)
    {
        ModelFileException error = Assert.Throws<ModelFileException>(() => Read($"{{\"{key}\":{value}}}"));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains("generation_config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AGgufFileIsRead()
    {
        var metadata = new GgufMetadata("x.gguf", new Dictionary<string, object>
        {
            ["general.sampling.temp"] = 0.5f, ["general.sampling.top_k"] = 64L, ["general.sampling.top_p"] = 1.0f,
            ["general.sampling.min_p"] = 0.25f, ["general.sampling.penalty_repeat"] = 1.5f,
        });
        Assert.Equal(new GenerationDefaults { Temperature = 0.5, TopK = 64, TopP = 1, MinP = 0.25, RepetitionPenalty = 1.5 }, GenerationDefaults.FromGguf(metadata));
        Assert.Equal(GenerationDefaults.None, GenerationDefaults.FromGguf(new GgufMetadata("x.gguf", [])));
    }

    static GenerationDefaults Read(string json) =>
        GenerationDefaults.FromHuggingFace(JsonConfig.Parse(Encoding.UTF8.GetBytes(json), "generation_config.json"));
}
