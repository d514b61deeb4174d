using System.Text;
using System.Text.Json.Nodes;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Library;

/// <summary>The configurations of Gemma 2, Qwen 3 with experts and DeepSeek: what they say, what is assumed, what is refused.</summary>
public class FamilyConfigTests
{
    [Fact]
    public void Gemma2AsPublished()
    {
        Gemma2Config config = Gemma2();
        Assert.Equal((2, 64, 4, 2, 16, 96), (config.Layers, config.HiddenSize, config.Heads, config.KeyValueHeads, config.HeadSize, config.IntermediateSize));
        Assert.Equal((24.0, 3f, 8f, true), (config.QueryScalar, config.ScoreCap, config.LogitCap, config.Tied));
        Assert.Equal((5, 0), (config.WindowOf(0), config.WindowOf(1)));
    }

    [Fact]
    public void Gemma2CapsThatAreAbsentAreThePublishedAndNullIsNone()
    {
        Gemma2Config absent = Gemma2(json => (json.Remove("attn_logit_softcapping"), json.Remove("final_logit_softcapping")));
        Assert.Equal((50f, 30f), (absent.ScoreCap, absent.LogitCap));
        Gemma2Config none = Gemma2(json => (json["attn_logit_softcapping"] = null, json["final_logit_softcapping"] = null));
        Assert.Equal((0f, 0f), (none.ScoreCap, none.LogitCap));
    }

    [Theory]
    [InlineData("attn_logit_softcapping", "-1", "0.001")]
    [InlineData("final_logit_softcapping", "1e-30", "0.001")]
    [InlineData("query_pre_attn_scalar", "0", "0.001")]
    [InlineData("query_pre_attn_scalar", "\"16\"", "a number")]
    [InlineData("sliding_window", "0", "sliding_window")]
    [InlineData("layer_types", "[\"full_attention\"]", "2 entries")]
    [InlineData("layer_types", "[\"full_attention\", \"none\"]", "'none'")]
    [InlineData("hidden_activation", "\"gelu\"", "gelu_pytorch_tanh")]
    [InlineData("attention_bias", "true", "attention_bias")]
    [InlineData("head_dim", "15", "even")]
    [InlineData("num_key_value_heads", "3", "do not divide")]
    [InlineData("quantization_config", "{\"quant_method\": \"awq\"}", "awq")]
    public void WhatNoGemma2HasIsRefused(string key, string value, string expected) => Refused(() => Gemma2(json => json[key] = JsonNode.Parse(value)), expected);

    [Fact]
    public void Qwen3MoeLayers()
    {
        Qwen3MoeConfig config = Qwen3Moe();
        Assert.Equal((4, 2, 40, 96, true), (config.Experts, config.ActiveExperts, config.ExpertSize, config.IntermediateSize, config.Normalise));
        Assert.Equal([true, false], Enumerable.Range(0, 2).Select(config.DenseLayers.Contains));
        // Every second layer has experts, the first of them the second.
        Qwen3MoeConfig sparse = Qwen3Moe(json => (json["decoder_sparse_step"] = 2, json["mlp_only_layers"] = new JsonArray(3, 99), json["num_hidden_layers"] = 6));
        Assert.Equal([true, false, true, true, true, false], Enumerable.Range(0, 6).Select(sparse.DenseLayers.Contains));
        Assert.Equal(0, Qwen3Moe(json => (json["mlp_only_layers"] = new JsonArray(), json.Remove("intermediate_size"))).IntermediateSize);
    }

    [Theory]
    [InlineData("num_experts_per_tok", "5", "at most 4")]
    [InlineData("num_experts", "0", "1 to 4096")]
    [InlineData("num_experts", "5000", "1 to 4096")]
    [InlineData("decoder_sparse_step", "0", "1 to 1000")]
    [InlineData("mlp_only_layers", "[\"0\"]", "whole numbers")]
    [InlineData("intermediate_size", "null", "intermediate_size")]
    [InlineData("use_sliding_window", "true", "use_sliding_window")]
    [InlineData("hidden_act", "\"gelu\"", "silu")]
    [InlineData("head_dim", "25", "even")]
    [InlineData("quantization_config", "{\"quant_method\": \"fp8\"}", "[128, 128]")]
    [InlineData("quantization_config", "{\"quant_method\": \"awq\"}", "awq")]
    public void WhatNoQwen3MoeHasIsRefused(string key, string value, string expected) => Refused(() => Qwen3Moe(json => json[key] = JsonNode.Parse(value)), expected);

    [Fact]
    public void DeepSeekAsPublished()
    {
        DeepSeekConfig config = DeepSeek();
        Assert.Equal((24, 16, 8, 16, 24, 32), (config.HeadSize, config.OwnSize, config.RotarySize, config.ValueSize, config.LatentRank, config.QueryRank));
        Assert.Equal((8, 3, 4, 2, 1, true, true, 2.5f), (config.Experts, config.ActiveExperts, config.Groups, config.GroupsPerToken, config.DenseLayers, config.Sigmoid, config.Normalise, config.RoutedFactor));
        // mscale and mscale_all_dim are equal: nothing on cosines and sines, everything on the scores.
        Assert.Equal(1, config.RopeScaling.AttentionFactor);
        Assert.Equal(Math.Pow(0.1 * Math.Log(4) + 1, 2) / Math.Sqrt(24), config.ScoreScale, 1e-7);
        Assert.Equal(4 * (24 + 16) * 2L * 2 * 100, config.KeyValueBytes(100));
    }

    [Fact]
    public void DeepSeekV3Itself()
    {
        DeepSeekConfig config = DeepSeek(json => (json["qk_nope_head_dim"] = 128, json["qk_rope_head_dim"] = 64, json["rope_scaling"]!["factor"] = 40, json["rope_scaling"]!["original_max_position_embeddings"] = 4096));
        Assert.Equal(0.1352337788608801, config.ScoreScale, 1e-8);
        using var table = new RotaryTable(config.RotarySize, config.RopeBase, config.RopeScaling);
        Assert.Equal(7.498942093e-01, table.InverseFrequencies[1], 1e-9);
        Assert.Equal(3.900692657e-02, table.InverseFrequencies[11], 1e-11);
        Assert.Equal(3.333803580e-06, table.InverseFrequencies[31], 1e-15);
    }

    [Fact]
    public void DeepSeekV2NeverNormalises()
    {
        DeepSeekConfig config = DeepSeek(json =>
        {
            json["architectures"] = new JsonArray("DeepseekV2ForCausalLM");
            (json["scoring_func"], json["topk_method"]) = ("softmax", "greedy");
        });
        Assert.Equal((false, false, 1, 1), (config.Sigmoid, config.Normalise, config.Groups, config.GroupsPerToken));
    }

    [Theory]
    [InlineData("scoring_func", "\"softmax\"", "sigmoid")]
    [InlineData("topk_method", "\"greedy\"", "noaux_tc")]
    [InlineData("n_group", "3", "do not divide")]
    [InlineData("n_group", "9", "1 to 8")]
    [InlineData("topk_group", "1", "do not divide")]
    [InlineData("topk_group", "5", "1 to 4")]
    [InlineData("num_experts_per_tok", "9", "1 to 8")]
    [InlineData("first_k_dense_replace", "3", "0 to 2")]
    [InlineData("qk_rope_head_dim", "7", "even")]
    [InlineData("qk_rope_head_dim", "0", "qk_rope_head_dim")]
    [InlineData("v_head_dim", "16777217", "v_head_dim")]
    [InlineData("qk_nope_head_dim", "16777216", "wider")]
    [InlineData("n_shared_experts", "0", "1 to 64")]
    [InlineData("moe_layer_freq", "2", "expected 1")]
    [InlineData("rope_interleave", "false", "rope_interleave")]
    [InlineData("routed_scaling_factor", "1e300", "finite")]
    [InlineData("quantization_config", "{\"quant_method\": \"fp8\", \"fmt\": \"e5m2\", \"weight_block_size\": [128, 128]}", "e4m3")]
    [InlineData("quantization_config", "{\"quant_method\": \"fp8\"}", "[128, 128]")]
    [InlineData("quantization_config", "{\"quant_method\": \"fp8\", \"weight_block_size\": [64, 128]}", "[128, 128]")]
    [InlineData("quantization_config", "{\"quant_method\": \"gptq\"}", "gptq")]
    public void WhatNoDeepSeekHasIsRefused(string key, string value, string expected) => Refused(() => DeepSeek(json => json[key] = JsonNode.Parse(value)), expected);

    static void Refused(Func<ModelConfig> read, string expected)
    {
        var error = Assert.Throws<ModelFileException>(() => read());
        Assert.Equal("config.json", error.File);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    static Gemma2Config Gemma2(Action<JsonObject>? change = null) => Gemma2Config.FromHuggingFace(Read("gemma2", change));

    static Gemma2Config Gemma2(Func<JsonObject, object?> change) => Gemma2(json => { change(json); });

    static Qwen3MoeConfig Qwen3Moe(Func<JsonObject, object?>? change = null) => Qwen3MoeConfig.FromHuggingFace(Read("qwen3_moe", json => change?.Invoke(json)));

    static DeepSeekConfig DeepSeek(Func<JsonObject, object?> change) => DeepSeek(json => { change(json); });

    static DeepSeekConfig DeepSeek(Action<JsonObject>? change = null) => DeepSeekConfig.FromHuggingFace(Read("deepseek_v3", change));

    static JsonConfig Read(string name, Action<JsonObject>? change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(Shared.Golden("adapters", "bases", name, "config.json")))!.AsObject();
        change?.Invoke(json);
        return JsonConfig.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "config.json");
    }
}
