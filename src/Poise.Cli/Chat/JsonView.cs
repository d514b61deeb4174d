using System.Text.Json;
using Microsoft.Extensions.AI;
using Poise.Tensors.Formats;

namespace Poise.Cli.Chat;

/// <summary>One JSON event a line, flushed at once.</summary>
sealed class JsonView(Stream output) : IChatView
{
    /// <summary>Events carry it always; who does not want it skips them.</summary>
    public bool ShowsReasoning { get; set; } = true;

    public void Notice(string text) => Event("notice", writer => writer.WriteString("message", text));

    public void Error(string text) => Event("error", writer => writer.WriteString("message", text));

    public IAnswerView BeginAnswer() => new JsonAnswer(this);

    void Event(string type, Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(output, JsonWriting.Plain))
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            write(writer);
            writer.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
        output.Flush();
    }

    sealed class JsonAnswer(JsonView view) : IAnswerView
    {
        public void Reading(long done, long total) => view.Event("reading", writer =>
        {
            writer.WriteNumber("done", done);
            writer.WriteNumber("total", total);
        });

        public void Reasoning(string text) => view.Event("reasoning", writer => writer.WriteString("text", text));

        public void Text(string text) => view.Event("text", writer => writer.WriteString("text", text));

        public void ToolCall(FunctionCallContent call) => view.Event("tool_call", writer =>
        {
            writer.WriteString("id", call.CallId);
            writer.WriteString("name", call.Name);
            ConversationFile.WriteArguments(writer, call);
        });

        public void End(AnswerEnd end) => view.Event("answer_end", writer =>
        {
            writer.WriteString("finish_reason", end.Reason);
            writer.WriteStartObject("usage");
            AnswerStatistics statistics = end.Statistics;
            foreach ((string name, long? count) in (ReadOnlySpan<(string, long?)>)
            [
                ("prompt_tokens", statistics.PromptTokens), ("cached_tokens", statistics.CachedTokens), ("answer_tokens", statistics.AnswerTokens),
                ("reasoning_tokens", statistics.ReasoningTokens), ("context_used", statistics.ContextUsed), ("context_length", statistics.ContextLength),
            ])
                if (count is { } known) writer.WriteNumber(name, known);
            writer.WriteNumber("prompt_seconds", Math.Round(statistics.PromptTime.TotalSeconds, 6));
            writer.WriteNumber("answer_seconds", Math.Round(statistics.AnswerTime.TotalSeconds, 6));
            writer.WriteEndObject();
        });
    }
}
