using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Library;

/// <summary>The keys of GGUF files of Gemma 2, Qwen 3 with experts and DeepSeek: what is assumed where they are absent, what is refused.</summary>
public class FamilyGgufTests
{
    [Fact]
    public void Gemma2WithoutItsKeysIsThePublishedOne()
    {
        var config = (Gemma2Config)Read("gemma2-plain", "attention.sliding_window", null, "attn_logit_softcapping", null, "final_logit_softcapping", null);
        Assert.Equal((4096, 50f, 30f, 32.0), (config.WindowOf(0), config.ScoreCap, config.LogitCap, config.QueryScalar));
        Assert.Equal(0, config.WindowOf(1));
    }

    [Fact]
    public void DeepSeekWithoutItsGroupsHasThoseOfItsSize()
    {
        var third = (DeepSeekConfig)Read("deepseek-v3", "expert_count", 256u, "expert_group_count", null, "expert_group_used_count", null);
        Assert.Equal((8, 4, true), (third.Groups, third.GroupsPerToken, third.Sigmoid));
        var second = (DeepSeekConfig)Read("deepseek-v3", "expert_count", 160u, "expert_group_count", null, "expert_group_used_count", null, "expert_gating_func", null,
            "rope.scaling.yarn_log_multiplier", null);
        Assert.Equal((8, 3, false, false), (second.Groups, second.GroupsPerToken, second.Sigmoid, second.Normalise));
        Assert.Equal(Math.Pow(0.0707 * Math.Log(40) + 1, 2) / Math.Sqrt(32), second.ScoreScale, 1e-6);
    }

    [Fact]
    public void Qwen3MoeWithoutARouterIsDense() => Assert.False(((Qwen3MoeConfig)Read("qwen3-moe")).DenseLayers.Contains(0));

    [Theory]
    [InlineData("gemma2-plain", "attn_logit_softcapping", -2f, "0.001")]
    [InlineData("gemma2-plain", "final_logit_softcapping", float.NaN, "final_logit_softcapping")]
    [InlineData("gemma2-plain", "attention.value_length", 16u, "as for keys")]
    [InlineData("gemma2-plain", "attention.sliding_window", 0u, "attention.sliding_window")]
    [InlineData("qwen3-moe", "expert_used_count", 9u, "at most 8")]
    [InlineData("qwen3-moe", "expert_count", 0u, "1 to 4096")]
    [InlineData("qwen3-moe", "attention.head_count_kv", 3u, "do not divide")]
    [InlineData("deepseek-v3", "expert_group_count", 3u, "do not divide")]
    [InlineData("deepseek-v3", "expert_used_count", 9u, "do not divide")]
    [InlineData("deepseek-v3", "expert_gating_func", 3u, "0 to 2")]
    [InlineData("deepseek-v3", "leading_dense_block_count", 4u, "0 to 3")]
    [InlineData("deepseek-v3", "attention.key_length_mla", 16u, "cannot have")]
    [InlineData("deepseek-v3", "attention.kv_lora_rank", 16777216u, "too wide")]
    [InlineData("deepseek-v3", "rope.dimension_count", 15u, "even")]
    [InlineData("deepseek-v3", "rope.scaling.yarn_log_multiplier", null, "missing")]
    [InlineData("deepseek-v3", "expert_weights_scale", float.PositiveInfinity, "expert_weights_scale")]
    public void WhatNoModelHasIsRefused(string name, string key, object? value, string expected)
    {
        var error = Assert.Throws<ModelFileException>(() => Read(name, key, value));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    // Keys and values in turn; null takes a key away.
    static ModelConfig Read(string name, params object?[] changes)
    {
        string path = Shared.Golden("gguf", "twins", name, "model.gguf");
        using GgufFile file = GgufFile.Open(path);
        string declared = file.Metadata.GetString("general.architecture");
        var values = file.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value);
        for (int i = 0; i < changes.Length; i += 2)
        {
            string key = $"{declared}.{changes[i]}";
            // Whole numbers are held wide.
            if (changes[i + 1] is { } value) values[key] = value is uint number ? (ulong)number : value;
            else Assert.True(values.Remove(key), key);
        }

        return Architectures.FromGguf(path, declared).FromGguf(new GgufMetadata(path, values), file);
    }
}
