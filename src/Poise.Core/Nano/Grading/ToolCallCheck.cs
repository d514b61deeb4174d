using System.Text.Json;
using System.Text.Json.Nodes;
using Poise.Core.Chat;

namespace Poise.Core.Nano.Grading;

/// <summary>Exactly one call, of this tool with these arguments. Blanks inside an expression do not count.</summary>
sealed record ToolCallCheck(string Name, string Arguments) : AnswerCheck
{
    public override string? Fault(ChatMessage answer)
    {
        if (answer.ToolCalls.Count != 1) return answer.ToolCalls.Count == 0 ? "calls no tool" : "calls several tools";
        ToolCall call = answer.ToolCalls[0];
        if (call.Name != Name) return $"calls {call.Name}, not {Name}";
        return Normal(call.Arguments) == Normal(Arguments) ? null : $"has the arguments {call.Arguments}, not {Arguments}";
    }

    static string? Normal(string arguments)
    {
        try
        {
            if (JsonNode.Parse(arguments, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) is not JsonObject values) return null;
            return string.Join('\n', values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value?.ToString().Replace(" ", "", StringComparison.Ordinal)}"));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter for halves of surrogate pairs: JSON by its grammar, but no text.
            return null;
        }
    }
}
