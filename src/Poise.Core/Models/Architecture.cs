using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>Loads the weights of a checkpoint whose tensor names follow <paramref name="layout"/> (one of <see cref="ModelLayout"/>).</summary>
public delegate Model ModelLoader(ModelConfig config, Checkpoint checkpoint, string layout, LoadOptions options);

/// <summary>Whose tensor names a checkpoint has.</summary>
public static class ModelLayout
{
    public const string HuggingFace = "hugging-face";
    public const string Gguf = "gguf";
    public const string Original = "original";
}

/// <summary>One family of decoders: how its files name it, how they are read, what runs them.</summary>
public sealed record Architecture
{
    public required string Name { get; init; }

    /// <summary>What config.json has in <c>architectures[0]</c> or <c>model_type</c>.</summary>
    public required IReadOnlyList<string> HuggingFaceNames { get; init; }

    /// <summary>What GGUF files have in <c>general.architecture</c>.</summary>
    public required IReadOnlyList<string> GgufNames { get; init; }

    public required Func<JsonConfig, Checkpoint, ModelConfig> FromHuggingFace { get; init; }

    public required Func<GgufMetadata, Checkpoint, ModelConfig> FromGguf { get; init; }

    /// <summary>The publisher's own layout, where it has one.</summary>
    public Func<JsonConfig, ModelConfig>? FromOriginal { get; init; }

    public ModelLoader? Load { get; init; }
}
