using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>The metadata that converters write for a shape.</summary>
static class SyntheticGguf
{
    public static void AddMetadata(GgufWriter writer, SyntheticShape shape, uint fileType, ulong seed)
    {
        ModelConfig config = shape.Config;
        writer.Add("general.architecture", config.Architecture);
        writer.Add("general.type", "model");
        writer.Add("general.name", $"{shape.Name} (random weights, seed {seed})");
        writer.Add("general.license", "cc0-1.0");
        GgufConfigKeys.AddTo(writer, config);
        writer.Add("general.quantization_version", 2u);
        writer.Add("general.file_type", config is GptOssConfig ? 38u : fileType);
        AddTokenizer(writer, SyntheticVocabulary.Create(shape.Tokenizer, config.VocabularySize));
    }

    static void AddTokenizer(GgufWriter writer, SyntheticVocabulary vocabulary)
    {
        writer.Add("tokenizer.ggml.model", vocabulary.Scores is null ? "gpt2" : "llama");
        writer.Add("tokenizer.ggml.pre", vocabulary.Split);
        writer.Add("tokenizer.ggml.tokens", vocabulary.Tokens);
        if (vocabulary.Scores is { } scores) writer.Add("tokenizer.ggml.scores", scores);
        writer.Add("tokenizer.ggml.token_type", vocabulary.Types);
        if (vocabulary.Scores is null) writer.Add("tokenizer.ggml.merges", vocabulary.Merges);
        if (vocabulary.Bos is { } bos) writer.Add("tokenizer.ggml.bos_token_id", (uint)bos);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)vocabulary.Eos);
        if (vocabulary.Padding is { } padding) writer.Add("tokenizer.ggml.padding_token_id", (uint)padding);
        writer.Add("tokenizer.ggml.add_bos_token", vocabulary.AddBos);
        if (vocabulary.ChatTemplate is { } template) writer.Add("tokenizer.chat_template", template);
    }

    // general.file_type is for people; readers go by each tensor's own type.
    public static uint FileType(TensorType type) => type switch
    {
        TensorType.F32 => 0,
        TensorType.F16 => 1,
        TensorType.Q4_0 => 2,
        TensorType.Q4_1 => 3,
        TensorType.Q8_0 => 7,
        TensorType.Q5_0 => 8,
        TensorType.Q5_1 => 9,
        TensorType.Q4_K => 14,
        TensorType.Q6_K => 18,
        _ => 32,
    };
}
