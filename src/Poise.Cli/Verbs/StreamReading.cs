using System.Text.Json;
using Poise.Cli.Input;
using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Chat.Harmony;
using Poise.Core.Tokenizers;

namespace Poise.Cli.Verbs;

/// <summary>Streams of one dialect under one vocabulary, each written as its messages.</summary>
sealed class StreamReading
{
    static readonly string[] s_roles = ["system", "developer", "user", "assistant", "tool"];

    readonly Tokenizer _tokenizer;
    readonly IChatDialect _dialect;
    readonly HarmonyVocabulary? _harmony;

    public StreamReading(DialectRow row, Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _dialect = row.Create(tokenizer, null);
        if (_dialect is HarmonyDialect) _harmony = new HarmonyVocabulary(tokenizer);
    }

    /// <summary>Writes the property <c>messages</c>, or <c>error</c>.</summary>
    public void Write(Utf8JsonWriter writer, JsonRecord record)
    {
        int role = record.Role is null ? -1 : Array.IndexOf(s_roles, record.Role);
        if (record.Role is not null && role < 0)
        {
            writer.WriteString("error"u8, $"\"{record.Role}\" is no role; roles are {string.Join(", ", s_roles)}");
            return;
        }
        int[] ids = record.Ids ?? _tokenizer.Encode(record.Text, allowSpecial: true);
        writer.WritePropertyName("messages"u8);
        if (_harmony is null) WriteAnswer(writer, ids);
        else HarmonyWriter.Write(writer, Parse(_harmony, ids, role >= 0 ? (ChatRole)role : RoleFor(_harmony, record, ids)));
    }

    // A line that does not say who speaks is an answer, unless its stream says so itself.
    static ChatRole? RoleFor(HarmonyVocabulary vocabulary, JsonRecord record, int[] ids) =>
        record.HasRole || ids.Length == 0 || vocabulary.IsStart(ids[0]) ? null : ChatRole.Assistant;

    static IReadOnlyList<HarmonyMessage> Parse(HarmonyVocabulary vocabulary, int[] ids, ChatRole? role)
    {
        var parser = new HarmonyParser(vocabulary, role);
        foreach (int id in ids) parser.Push(id);
        parser.Finish();
        return parser.Messages;
    }

    void WriteAnswer(Utf8JsonWriter writer, int[] ids)
    {
        IAnswerParser parser = _dialect.CreateParser();
        var parts = new List<AnswerPart>();
        foreach (int id in ids) parser.Push(id, parts);
        ChatMessage answer = parser.Finish(parts);
        writer.WriteStartArray();
        writer.WriteStartObject();
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("content"u8, answer.Text);
        if (answer.Reasoning is { } reasoning) writer.WriteString("reasoning"u8, reasoning);
        if (answer.ToolCalls.Count > 0)
        {
            writer.WriteStartArray("tool_calls"u8);
            foreach (ToolCall call in answer.ToolCalls)
            {
                writer.WriteStartObject();
                writer.WriteString("id"u8, call.Id);
                writer.WriteString("name"u8, call.Name);
                writer.WriteString("arguments"u8, call.Arguments);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.WriteEndArray();
    }
}
