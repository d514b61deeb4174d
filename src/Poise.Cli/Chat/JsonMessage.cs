using System.Text.Json;

namespace Poise.Cli.Chat;

/// <summary>
/// A line of JSON input: <c>{"content": "..."}</c> is a message of the user, <c>{"call_id": "...", "content": "..."}</c> a tool's result.
/// </summary>
readonly record struct JsonMessage(string Content, string? CallId)
{
    /// <summary>Any other line is a message as it stands.</summary>
    public static bool IsJson(string line) => line.StartsWith('{');

    public static bool TryParse(string line, out JsonMessage message, out string problem)
    {
        (message, problem) = (default, "");
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (!root.TryGetProperty("content", out JsonElement content) || content.ValueKind != JsonValueKind.String) problem = "\"content\" is not a text";
            else if (root.TryGetProperty("call_id", out JsonElement id) && id.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)) problem = "\"call_id\" is not a text";
            else message = new JsonMessage(content.GetString()!, id.ValueKind == JsonValueKind.String ? id.GetString() : null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            problem = "not a JSON object: " + error.Message.Split(" LineNumber:")[0];
        }
        return problem.Length == 0;
    }
}
