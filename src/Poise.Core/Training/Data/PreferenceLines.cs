using System.Text.Json;
using Poise.Core.Chat;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>Lines with a preferred and a rejected answer.</summary>
static class PreferenceLines
{
    /// <summary>OpenAI's format: <c>input</c> with <c>messages</c> and <c>tools</c>, <c>preferred_output</c>, <c>non_preferred_output</c>.</summary>
    public static PreferenceRecord ReadOpenAI(JsonElement line)
    {
        if (JsonFields.Find(line, "input") is not { ValueKind: JsonValueKind.Object } input) throw new PoiseException("\"input\" is not an object");
        ConversationRecord prompt = MessageList.Read(JsonFields.Find(input, "messages") ?? throw new PoiseException("\"messages\" of \"input\" is missing"), "input.messages", counts: false);
        DataRecord Answer(string name) => SampleLines.Joined(prompt, MessageList.Read(line.GetProperty(name), name), input);
        return new PreferenceRecord(Answer("preferred_output"), Answer("non_preferred_output"));
    }

    /// <summary><c>prompt</c> (may be missing: then it is what both begin with), <c>chosen</c>, <c>rejected</c>: texts, lists of messages, or ids.</summary>
    public static PreferenceRecord Read(JsonElement line)
    {
        JsonElement? prompt = JsonFields.Find(line, "prompt");
        JsonElement chosen = line.GetProperty("chosen"), rejected = line.GetProperty("rejected");
        if (JsonFields.IsText(chosen) && JsonFields.IsText(rejected))
            return prompt is null ? SplitTexts(chosen.GetString()!, rejected.GetString()!) : AnswerTexts(line, prompt.Value, chosen.GetString()!, rejected.GetString()!);
        if (JsonFields.IsListOf(chosen, JsonValueKind.Number) && JsonFields.IsListOf(rejected, JsonValueKind.Number)) return ReadIds(line, prompt is not null);
        if (JsonFields.IsListOf(chosen, JsonValueKind.Object) && JsonFields.IsListOf(rejected, JsonValueKind.Object)) return ReadMessages(line, prompt, chosen, rejected);
        throw new PoiseException("\"chosen\" and \"rejected\" are neither two texts nor two lists of messages nor two lists of ids");
    }

    static PreferenceRecord AnswerTexts(JsonElement line, JsonElement prompt, string chosen, string rejected)
    {
        if (JsonFields.IsText(prompt)) return new PreferenceRecord(SampleLines.Continuation(prompt.GetString()!, chosen), SampleLines.Continuation(prompt.GetString()!, rejected));
        ConversationRecord asked = MessageList.Read(prompt, "prompt", counts: false);
        DataRecord Answer(string text) => SampleLines.Joined(asked, new ConversationRecord { Messages = [ChatMessage.Of(ChatRole.Assistant, text)], Counts = [true] }, line);
        return new PreferenceRecord(Answer(chosen), Answer(rejected));
    }

    // Two whole transcripts. The prompt ends before the blanks in front of the first word that differs, so that no token spans the two.
    static PreferenceRecord SplitTexts(string chosen, string rejected)
    {
        int common = chosen.AsSpan().CommonPrefixLength(rejected);
        while (common > 0 && !(common < chosen.Length && char.IsWhiteSpace(chosen[common]))) common--;
        while (common > 0 && char.IsWhiteSpace(chosen[common - 1])) common--;
        DataRecord Answer(string text) => new ContinuationRecord(text[..common], text[common..], IsChat: false);
        return new PreferenceRecord(Answer(chosen), Answer(rejected));
    }

    static PreferenceRecord ReadIds(JsonElement line, bool hasPrompt)
    {
        int[] chosen = JsonFields.Ids(line, "chosen"), rejected = JsonFields.Ids(line, "rejected");
        int common = chosen.AsSpan().CommonPrefixLength(rejected);
        int[] prompt = hasPrompt ? JsonFields.Ids(line, "prompt") : chosen[..common];
        DataRecord Answer(int[] ids) => new TokensRecord([.. prompt, .. ids], [.. Enumerable.Repeat(TrainingSample.NoLoss, prompt.Length), .. ids]);
        return hasPrompt ? new PreferenceRecord(Answer(chosen), Answer(rejected)) : new PreferenceRecord(Answer(chosen[common..]), Answer(rejected[common..]));
    }

    static PreferenceRecord ReadMessages(JsonElement line, JsonElement? prompt, JsonElement chosen, JsonElement rejected)
    {
        // Some sets repeat the whole conversation in both lists, beside a prompt that is the same once more.
        bool whole = JsonFields.OptionalText(chosen[0], "role") != "assistant";
        int common = 0;
        while (whole && common < Math.Min(chosen.GetArrayLength(), rejected.GetArrayLength()) && JsonElement.DeepEquals(chosen[common], rejected[common])) common++;
        if (common == 0 && prompt is null) throw new PoiseException("\"chosen\" and \"rejected\" begin with different messages, and there is no \"prompt\"");
        ConversationRecord asked = common > 0 || prompt is null ? new ConversationRecord { Messages = [], Counts = [] }
            : JsonFields.IsText(prompt) ? new ConversationRecord { Messages = [ChatMessage.Of(ChatRole.User, prompt.Value.GetString()!)], Counts = [false] }
            : MessageList.Read(prompt.Value, "prompt", counts: false);
        DataRecord Answer(JsonElement list, string name)
        {
            ConversationRecord read = MessageList.Read(list, name);
            return SampleLines.Joined(asked, read with { Counts = [.. read.Counts.Select((counts, i) => counts && i >= common)] }, line);
        }
        return new PreferenceRecord(Answer(chosen, "chosen"), Answer(rejected, "rejected"));
    }
}
