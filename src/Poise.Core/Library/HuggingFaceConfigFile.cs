using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>The config.json of a Hugging Face folder, as publishers write it.</summary>
static class HuggingFaceConfigFile
{
    public static void Write(string folder, ModelConfig config, TensorType type) => WriteJson(folder, "config.json", Of(config, type, mxfp4: false));

    public static void WriteJson(string folder, string name, JsonObject content) => AtomicFile.Write(Path.Combine(folder, name), stream =>
    {
        using (var writer = new Utf8JsonWriter(stream, JsonWriting.Indented)) content.WriteTo(writer);
        stream.Write("\n"u8);
    });

    /// <param name="type">Of the weights that have one.</param>
    /// <param name="mxfp4">Whether experts of gpt-oss are stored so.</param>
    public static JsonObject Of(ModelConfig config, TensorType type, bool mxfp4)
    {
        string dtype = type switch { TensorType.F32 => "float32", TensorType.F16 => "float16", _ => "bfloat16" };
        var json = new JsonObject { ["torch_dtype"] = dtype, ["vocab_size"] = config.VocabularySize };
        if (config is Gpt2Config gpt2)
        {
            json["architectures"] = new JsonArray("GPT2LMHeadModel");
            json["model_type"] = "gpt2";
            json["activation_function"] = "gelu_new";
            (json["n_layer"], json["n_head"], json["n_embd"]) = (config.Layers, config.Heads, config.HiddenSize);
            (json["n_ctx"], json["n_positions"], json["n_inner"]) = (config.ContextLength, config.ContextLength, gpt2.InnerSize);
            json["layer_norm_epsilon"] = Shortest(gpt2.LayerNormEpsilon);
            return json;
        }
        (json["num_hidden_layers"], json["hidden_size"], json["head_dim"]) = (config.Layers, config.HiddenSize, config.HeadSize);
        (json["num_attention_heads"], json["num_key_value_heads"]) = (config.Heads, config.KeyValueHeads);
        (json["max_position_embeddings"], json["hidden_act"]) = (config.ContextLength, "silu");
        if (config is LlamaConfig llama)
        {
            json["architectures"] = new JsonArray("LlamaForCausalLM");
            json["model_type"] = "llama";
            (json["intermediate_size"], json["rms_norm_eps"], json["rope_theta"]) = (llama.IntermediateSize, Shortest(llama.RmsEpsilon), llama.RopeBase);
            (json["tie_word_embeddings"], json["attention_bias"], json["mlp_bias"]) = (llama.Tied, false, false);
            RopeScaling s = llama.RopeScaling;
            json["rope_scaling"] = s.Kind != RopeScalingKind.Llama3 ? null : new JsonObject
            {
                ["rope_type"] = "llama3", ["factor"] = s.Factor, ["low_freq_factor"] = s.LowFrequencyFactor,
                ["high_freq_factor"] = s.HighFrequencyFactor, ["original_max_position_embeddings"] = s.OriginalContext,
            };
        }
        if (config is GptOssConfig oss)
        {
            json["architectures"] = new JsonArray("GptOssForCausalLM");
            json["model_type"] = "gpt_oss";
            (json["intermediate_size"], json["rms_norm_eps"], json["rope_theta"]) = (oss.IntermediateSize, Shortest(oss.RmsEpsilon), oss.RopeBase);
            (json["num_local_experts"], json["num_experts_per_tok"], json["experts_per_token"]) = (oss.ExpertCount, oss.ExpertsPerToken, oss.ExpertsPerToken);
            (json["sliding_window"], json["swiglu_limit"], json["attention_bias"], json["tie_word_embeddings"]) = (oss.Windows[0], oss.SwigluLimit, true, false);
            json["layer_types"] = new JsonArray([.. Enumerable.Range(0, oss.Layers).Select(i => (JsonNode)(oss.Windows[i] > 0 ? "sliding_attention" : "full_attention"))]);
            json["rope_scaling"] = oss.RopeScaling.Kind != RopeScalingKind.Yarn ? null : new JsonObject
            {
                ["rope_type"] = "yarn", ["factor"] = oss.RopeScaling.Factor, ["beta_fast"] = oss.RopeScaling.BetaFast, ["beta_slow"] = oss.RopeScaling.BetaSlow,
                ["original_max_position_embeddings"] = oss.RopeScaling.OriginalContext, ["truncate"] = oss.RopeScaling.Truncate,
            };
            if (mxfp4)
            {
                json["quantization_config"] = new JsonObject
                {
                    ["quant_method"] = "mxfp4",
                    ["modules_to_not_convert"] = new JsonArray("model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"),
                };
            }
        }
        SyntheticFamilyKeys.AddTo(json, config, Shortest);
        return json;
    }

    // 1e-5f widened to a double is 9.999999747378752e-06; publishers write 1e-05.
    static double Shortest(float value) => double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
