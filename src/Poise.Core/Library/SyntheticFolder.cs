using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>The files beside the weights of a Hugging Face folder: config.json, generation_config.json and the tokenizer's.</summary>
static class SyntheticFolder
{
    public static void Write(string folder, SyntheticShape shape, TensorType type)
    {
        SyntheticVocabulary vocabulary = SyntheticVocabulary.Create(shape.Tokenizer, shape.Config.VocabularySize);
        JsonObject config = HuggingFaceConfigFile.Of(shape.Config, type, mxfp4: true);
        config["eos_token_id"] = vocabulary.Eos;
        HuggingFaceConfigFile.WriteJson(folder, "config.json", config);
        HuggingFaceConfigFile.WriteJson(folder, "generation_config.json", new JsonObject { ["eos_token_id"] = Numbers(vocabulary.Endings) });
        var settings = new JsonObject { ["add_bos_token"] = vocabulary.AddBos, ["clean_up_tokenization_spaces"] = false, ["eos_token"] = vocabulary.Tokens[vocabulary.Eos] };
        if (vocabulary.Bos is { } bos) settings["bos_token"] = vocabulary.Tokens[bos];
        settings["tokenizer_class"] = vocabulary.Scores is null ? "PreTrainedTokenizerFast" : "LlamaTokenizer";
        HuggingFaceConfigFile.WriteJson(folder, "tokenizer_config.json", settings);
        if (vocabulary.ChatTemplate is { } template) File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), template);
        if (vocabulary.Scores is null) HuggingFaceConfigFile.WriteJson(folder, "tokenizer.json", Tokenizer(vocabulary));
        else File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), SentencePiece(vocabulary));
        File.WriteAllText(Path.Combine(folder, "README.md"), $"---\nlicense: cc0-1.0\n---\nRandom weights in the shape of {shape.Name}, for measuring speed and memory.\n");
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

    static JsonArray Numbers(int[] values) => new([.. values.Select(v => (JsonNode)v)]);
}
