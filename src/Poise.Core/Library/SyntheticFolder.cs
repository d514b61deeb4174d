using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>The files beside the weights of a Hugging Face folder: config.json, generation_config.json and the tokenizer's.</summary>
static class SyntheticFolder
{
    static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string folder, SyntheticShape shape, TensorType type)
    {
        SyntheticVocabulary vocabulary = SyntheticVocabulary.Create(shape.Tokenizer, shape.Config.VocabularySize);
        WriteJson(folder, "config.json", Config(shape.Config, vocabulary, type));
        WriteJson(folder, "generation_config.json", new JsonObject { ["eos_token_id"] = Numbers(vocabulary.Endings) });
        var settings = new JsonObject { ["add_bos_token"] = vocabulary.AddBos, ["clean_up_tokenization_spaces"] = false, ["eos_token"] = vocabulary.Tokens[vocabulary.Eos] };
        if (vocabulary.Bos is { } bos) settings["bos_token"] = vocabulary.Tokens[bos];
        settings["tokenizer_class"] = vocabulary.Scores is null ? "PreTrainedTokenizerFast" : "LlamaTokenizer";
        WriteJson(folder, "tokenizer_config.json", settings);
        if (vocabulary.ChatTemplate is { } template) File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), template);
        if (vocabulary.Scores is null) WriteJson(folder, "tokenizer.json", Tokenizer(vocabulary));
        else File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), SentencePiece(vocabulary));
        File.WriteAllText(Path.Combine(folder, "README.md"), $"---\nlicense: cc0-1.0\n---\nRandom weights in the shape of {shape.Name}, for measuring speed and memory.\n");
    }

    public static void WriteJson(string folder, string name, JsonObject content) =>
        File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(s_options) + "\n");

    static JsonObject Config(ModelConfig config, SyntheticVocabulary vocabulary, TensorType type)
    {
        string dtype = type switch { TensorType.F32 => "float32", TensorType.F16 => "float16", _ => "bfloat16" };
        var json = new JsonObject { ["torch_dtype"] = dtype, ["vocab_size"] = config.VocabularySize, ["eos_token_id"] = vocabulary.Eos };
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
            json["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "yarn", ["factor"] = oss.RopeScaling.Factor, ["beta_fast"] = oss.RopeScaling.BetaFast, ["beta_slow"] = oss.RopeScaling.BetaSlow,
                ["original_max_position_embeddings"] = oss.RopeScaling.OriginalContext, ["truncate"] = oss.RopeScaling.Truncate,
            };
            json["quantization_config"] = new JsonObject
            {
                ["quant_method"] = "mxfp4",
                ["modules_to_not_convert"] = new JsonArray("model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"),
            };
        }
        SyntheticFamilyKeys.AddTo(json, config, Shortest);
        return json;
    }

    static JsonObject Tokenizer(SyntheticVocabulary vocabulary)
    {
        var ids = new JsonObject();
        var added = new JsonArray();
        for (int id = 0; id < vocabulary.Tokens.Length; id++)
        {
            if (vocabulary.Types[id] == 1) ids[vocabulary.Tokens[id]] = id;
            else
                added.Add(new JsonObject
                {
                    ["id"] = id, ["content"] = vocabulary.Tokens[id], ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
                });
        }
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };
        return new JsonObject
        {
            ["version"] = "1.0", ["added_tokens"] = added, ["normalizer"] = null, ["pre_tokenizer"] = byteLevel,
            ["post_processor"] = null, ["decoder"] = byteLevel.DeepClone(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = null, ["byte_fallback"] = false, ["ignore_merges"] = false,
                ["vocab"] = ids, ["merges"] = new JsonArray([.. vocabulary.Merges.Select(m => (JsonNode)m)]),
            },
        };
    }

    /// <summary>A SentencePiece model: protocol buffer with the pieces (1), the trainer's settings (2) and the normalizer's (3).</summary>
    static byte[] SentencePiece(SyntheticVocabulary vocabulary)
    {
        using var model = new MemoryStream();
        Span<byte> score = stackalloc byte[4];
        for (int id = 0; id < vocabulary.Tokens.Length; id++)
        {
            using var piece = new MemoryStream();
            WriteField(piece, 1, Encoding.UTF8.GetBytes(vocabulary.Tokens[id]));
            piece.WriteByte(2 << 3 | 5); // score: 32 bits
            BinaryPrimitives.WriteSingleLittleEndian(score, vocabulary.Scores![id]);
            piece.Write(score);
            WriteField(piece, 3, vocabulary.Types[id]);
            WriteField(model, 1, piece.ToArray());
        }
        using var trainer = new MemoryStream();
        WriteField(trainer, 3, 2); // model type: BPE
        WriteField(trainer, 4, vocabulary.Tokens.Length);
        WriteField(trainer, 35, 1); // byte fallback
        WriteField(model, 2, trainer.ToArray());
        using var normalizer = new MemoryStream();
        WriteField(normalizer, 1, "identity"u8);
        WriteField(normalizer, 3, 1); // a space in front
        WriteField(normalizer, 4, 0); // spaces stay
        WriteField(normalizer, 5, 1); // spaces become U+2581
        WriteField(model, 3, normalizer.ToArray());
        return model.ToArray();
    }

    static void WriteField(MemoryStream stream, int number, ReadOnlySpan<byte> bytes)
    {
        WriteVariable(stream, number << 3 | 2);
        WriteVariable(stream, bytes.Length);
        stream.Write(bytes);
    }

    static void WriteField(MemoryStream stream, int number, int value)
    {
        WriteVariable(stream, number << 3);
        WriteVariable(stream, value);
    }

    static void WriteVariable(MemoryStream stream, int value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }

    // 1e-5f widened to a double is 9.999999747378752e-06; publishers write 1e-05.
    static double Shortest(float value) => double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    static JsonArray Numbers(int[] values) => new([.. values.Select(v => (JsonNode)v)]);
}
