using Poise.Core.Generation;
using Poise.Core.Layers;

namespace Poise.Core.Engine;

/// <summary>One sequence that an engine shall continue.</summary>
public sealed record GenerationRequest
{
    /// <summary>Ids of the prompt, at least one.</summary>
    public required ReadOnlyMemory<int> Prompt { get; init; }

    public GenerationOptions Options { get; init; } = new();

    /// <summary>The model's own ids that end an answer; used unless the options say otherwise.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>What acts on this sequence; null for the engine's own, see <see cref="EngineOptions.Adapter"/>.</summary>
    public LoadedAdapter? Adapter { get; init; }

    /// <summary>Whether it is computed by the model as it is, whatever adapter the engine has.</summary>
    public bool Base { get; init; }

    /// <summary>Called on the engine's thread with the prompt tokens read so far, those of a reused prefix included.</summary>
    public Action<int>? PromptProgress { get; init; }

    /// <summary>Called on the engine's thread with the logits of each token to come, before anything is done to them.</summary>
    public LogitsObserver? Logits { get; init; }
}

/// <summary>Sees logits, [vocabulary]; they are valid during the call.</summary>
public delegate void LogitsObserver(ReadOnlySpan<float> logits);
