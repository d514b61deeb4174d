using System.Text.Json;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Grading;

/// <summary>A graded answer as a JSON object: what was asked, a right answer, the answer given, the verdict.</summary>
static class GradedAnswerJson
{
    public static void Write(Utf8JsonWriter writer, GradedAnswer answer)
    {
        NanoSample item = answer.Item;
        writer.WriteStartObject();
        writer.WriteNumber("item", answer.Index);
        writer.WriteString("kind", item.Kind);
        if (item.Part.Length > 0) writer.WriteString("part", item.Part);
        writer.WriteString("language", NanoTexts.Suffix(item.Tongue));
        writer.WriteString("reasoning_effort", NanoJson.NameOf(item.Effort));
        NanoJson.WriteTools(writer, item.Tools);
        writer.WriteStartArray("prompt");
        foreach (Chat.ChatMessage message in item.Prompt) NanoJson.Write(writer, message);
        writer.WriteEndArray();
        writer.WritePropertyName("expected");
        NanoJson.Write(writer, item.Answer);
        writer.WritePropertyName("given");
        NanoJson.Write(writer, answer.Given.Message);
        writer.WriteNumber("tokens", answer.Given.Tokens);
        writer.WriteString("verdict", answer.IsRight ? "right" : "wrong");
        writer.WriteString("fault", answer.Fault);
        writer.WriteEndObject();
    }
}
