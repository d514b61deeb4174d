namespace Poise.Core.Tokenizers;

/// <summary>Spellings that end a generation whatever the metadata of a GGUF file say (the list of llama.cpp): converters often record one stop id of several.</summary>
static class StopTokens
{
    public static readonly HashSet<string> Spellings = new(StringComparer.Ordinal)
    {
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "[EOT]",
        "<|end_of_text|>", "<eos>", "<turn|>", "<|tool_response>", "<｜end▁of▁sentence｜>",
    };
}
