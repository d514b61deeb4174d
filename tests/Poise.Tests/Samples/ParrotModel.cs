using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Samples;

/// <summary>
/// A Llama whose blocks do nothing and whose next token follows from the last one alone: after the special token
/// <c>&lt;|say_0|&gt;</c> comes the first of its sentences, and then the end. Its chat template chooses what to say by the
/// conversation. So a program that is given only a path talks with a model whose answers are known; all else is the real path.
/// </summary>
static class ParrotModel
{
    // One dimension for each token that has a successor.
    const int Width = 64;

    public static string Write(TemporaryFolder parent, string name, string template, params string[] sentences)
    {
        string folder = Directory.CreateDirectory(parent.File(name)).FullName;
        JsonObject tokenizer = JsonNode.Parse(File.ReadAllText(Shared.Golden("models", "llama3.2", "tokenizer.json")))!.AsObject();
        JsonArray added = tokenizer["added_tokens"]!.AsArray();
        int end = (int)added.Single(token => (string?)token!["content"] == "<|eot_id|>")!["id"]!, next = 1 + added.Max(token => (int)token!["id"]!);
        var successors = new List<(int Before, int After)>();
        for (int i = 0; i < sentences.Length; i++)
        {
            int mark = Add($"<|say_{i}|>", special: true), sentence = Add(sentences[i], special: false);
            successors.AddRange([(mark, sentence), (sentence, end)]);
        }

        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), new JsonObject { ["chat_template"] = template, ["eos_token"] = "<|eot_id|>" }.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":{{Width}},"intermediate_size":32,"num_hidden_layers":1,"num_attention_heads":1,
             "num_key_value_heads":1,"head_dim":32,"vocab_size":{{next}},"max_position_embeddings":2048,"rms_norm_eps":1e-5,"rope_theta":10000.0,"hidden_act":"silu",
             "tie_word_embeddings":false,"eos_token_id":{{end}}}
            """);
        var writer = new SafetensorsWriter();
        float[] embeddings = new float[next * Width], output = new float[next * Width], ones = [.. Enumerable.Repeat(1f, Width)];
        for (int i = 0; i < successors.Count; i++)
        {
            embeddings[successors[i].Before * Width + i] = 1;
            output[successors[i].After * Width + i] = 1;
        }

        const string Block = "model.layers.0.";
        Tensor("model.embed_tokens.weight", embeddings, next, Width);
        Tensor("lm_head.weight", output, next, Width);
        foreach (string norm in (string[])["model.norm", Block + "input_layernorm", Block + "post_attention_layernorm"]) Tensor(norm + ".weight", ones, Width);
        foreach (string linear in (string[])["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj"]) Tensor($"{Block}{linear}.weight", new float[32 * Width], 32, Width);
        foreach (string linear in (string[])["self_attn.o_proj", "mlp.down_proj"]) Tensor($"{Block}{linear}.weight", new float[32 * Width], Width, 32);
        writer.Write(Path.Combine(folder, "model.safetensors"));
        return folder;

        int Add(string content, bool special)
        {
            added.Add(new JsonObject { ["id"] = next, ["content"] = content, ["special"] = special, ["normalized"] = false, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false });
            return next++;
        }

        void Tensor(string tensor, float[] values, params long[] shape) => writer.AddTensor(tensor, TensorType.F32, shape, stream =>
        {
            byte[] bytes = new byte[4 * values.Length];
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
            stream.Write(bytes);
        });
    }
}
