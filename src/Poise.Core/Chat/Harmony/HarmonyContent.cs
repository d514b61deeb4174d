using System.Text.Json;

namespace Poise.Core.Chat.Harmony;

/// <summary>A part of a message.</summary>
public abstract record HarmonyContent;

/// <summary>Text. What is spelled like a special token in it stays text.</summary>
public sealed record HarmonyText(string Text) : HarmonyContent;

/// <summary>What a system message says. Null leaves a line out.</summary>
public sealed record HarmonySystem : HarmonyContent
{
    public const string DefaultIdentity = "You are ChatGPT, a large language model trained by OpenAI.";
    public const string DefaultKnowledgeCutoff = "2024-06";

    public string? ModelIdentity { get; init; }

    public string? KnowledgeCutoff { get; init; }

    /// <summary>The current date as it is printed, such as 2025-06-28.</summary>
    public string? StartDate { get; init; }

    public ReasoningEffort? Effort { get; init; }

    /// <summary>Empty leaves the line about channels out.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>Whether every message must be on a channel.</summary>
    public bool ChannelRequired { get; init; }

    /// <summary>Built-in tools.</summary>
    public IReadOnlyList<HarmonyNamespace> Tools { get; init; } = [];
}

/// <summary>What a developer message says: instructions (other formats call them the system prompt) and functions.</summary>
public sealed record HarmonyDeveloper : HarmonyContent
{
    public string? Instructions { get; init; }

    public IReadOnlyList<HarmonyNamespace> Tools { get; init; } = [];
}

/// <summary>A group of functions, or a tool that takes plain text and has none.</summary>
/// <param name="Key">What the group is ordered by; usually its name.</param>
public sealed record HarmonyNamespace(string Key, string Name, string? Description, IReadOnlyList<HarmonyFunction> Functions);

/// <summary>A function.</summary>
/// <param name="Parameters">A JSON schema; null for a function without arguments.</param>
public sealed record HarmonyFunction(string Name, string Description, JsonElement? Parameters);
