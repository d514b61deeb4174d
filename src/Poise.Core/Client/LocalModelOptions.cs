using Poise.Core.Engine;
using Poise.Core.Models;

namespace Poise.Core.Client;

/// <summary>How a model on this machine is opened for answers.</summary>
public sealed record LocalModelOptions
{
    public LoadOptions Load { get; init; } = new() { Background = true };

    public EngineOptions Engine { get; init; } = new();

    /// <summary>An adapter for all answers, a PEFT folder or a GGUF adapter; null for the model as it is.</summary>
    public string? Adapter { get; init; }

    /// <summary>The name of a chat dialect; null finds it by the model's vocabulary.</summary>
    public string? Dialect { get; init; }

    /// <summary>A Jinja template in place of that of the files: its source, and its name for messages.</summary>
    public (string Source, string Name)? Template { get; init; }
}
