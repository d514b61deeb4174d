using System.Text.Json;

namespace Poise.Core.Chat;

/// <summary>A function that the model may call.</summary>
/// <param name="Parameters">A JSON schema of type object; property order is meaning. Null for a function without arguments.</param>
public sealed record ToolDefinition(string Name, string? Description, JsonElement? Parameters);

/// <summary>How much the model may reason before it answers.</summary>
public enum ReasoningEffort
{
    Low,
    Medium,
    High,
}
