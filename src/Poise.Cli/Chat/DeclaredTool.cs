using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Poise.Cli.Chat;

/// <summary>A tool that the model may ask for. The command line runs none: the person types the result.</summary>
sealed class DeclaredTool(string name, string? description, JsonElement? parameters) : AIFunctionDeclaration
{
    static readonly JsonElement s_noParameters = JsonDocument.Parse("""{"type":"object","properties":{}}""").RootElement;

    public override string Name => name;

    public override string Description => description ?? "";

    public override JsonElement JsonSchema => parameters ?? s_noParameters;

    /// <summary>As it was defined; null for a tool without parameters.</summary>
    public JsonElement? Parameters => parameters;
}
