using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>Lines to learn from: messages, prompt and completion, instructions, ids.</summary>
static class SampleLines
{
    /// <summary>OpenAI's chat format: <c>messages</c>, and beside them what <see cref="MessageList.WithSettings"/> reads.</summary>
    public static ConversationRecord ReadMessages(JsonElement line) => MessageList.WithSettings(MessageList.Read(Field(line, "messages"), "messages"), line);

    /// <summary>Prompt and completion: two texts, or two lists of messages of which the second carries loss.</summary>
    public static DataRecord ReadCompletion(JsonElement line)
    {
        if (JsonFields.Find(line, "label") is { ValueKind: JsonValueKind.True or JsonValueKind.False })
            throw new PoiseException("\"label\" says whether the completion is a good one, and Poise does not train on unpaired preferences; keep the good ones without \"label\"");
        JsonElement prompt = Field(line, "prompt"), completion = Field(line, "completion");
        if (JsonFields.IsText(prompt) && JsonFields.IsText(completion)) return Continuation(prompt.GetString()!, completion.GetString()!);
        return Joined(MessageList.Read(prompt, "prompt", counts: false), MessageList.Read(completion, "completion"), line);
    }

    /// <summary>Alpaca's format: <c>instruction</c>, <c>input</c> (may be missing), <c>output</c>.</summary>
    public static ContinuationRecord ReadInstruction(JsonElement line)
    {
        string instruction = JsonFields.Text(line, "instruction"), output = JsonFields.Text(line, "output");
        return Continuation(JsonFields.OptionalText(line, "input") is { Length: > 0 } input ? $"{instruction}\n\n{input}" : instruction, output) with { Between = "\n\n" };
    }

    /// <summary>Ids that somebody else made: <c>input_ids</c>, <c>labels</c> (-100 for no loss), <c>attention_mask</c> (0 for padding at the end).</summary>
    public static TokensRecord ReadIds(JsonElement line)
    {
        int[] ids = JsonFields.Ids(line, "input_ids");
        int[]? labels = JsonFields.Find(line, "labels") is null ? null : JsonFields.Ids(line, "labels");
        if (labels is not null && labels.Length != ids.Length) throw new PoiseException($"\"labels\" has {labels.Length} entries and \"input_ids\" has {ids.Length}");
        if (JsonFields.Find(line, "attention_mask") is not null)
        {
            int[] mask = JsonFields.Ids(line, "attention_mask");
            if (mask.Length != ids.Length) throw new PoiseException($"\"attention_mask\" has {mask.Length} entries and \"input_ids\" has {ids.Length}");
            int length = Array.LastIndexOf(mask, 1) + 1;
            if (mask.AsSpan(0, length).ContainsAnyExcept(1) || mask.AsSpan(length).ContainsAnyExcept(0)) throw new PoiseException("\"attention_mask\" is not ones with zeros after them");
            (ids, labels) = (ids[..length], labels?[..length]);
        }
        return ids.Length == 0 ? throw new PoiseException("\"input_ids\" is empty") : new TokensRecord(ids, labels);
    }

    /// <summary>Messages of a prompt, which carry no loss, with those that follow.</summary>
    public static ConversationRecord Joined(ConversationRecord prompt, ConversationRecord completion, JsonElement line) => MessageList.WithSettings(
        completion with { Messages = [.. prompt.Messages, .. completion.Messages], Counts = [.. prompt.Counts, .. completion.Counts] }, line);

    public static ContinuationRecord Continuation(string prompt, string completion) => new(prompt, completion);

    static JsonElement Field(JsonElement line, string name) => JsonFields.Find(line, name) ?? throw new PoiseException($"\"{name}\" is missing");
}
