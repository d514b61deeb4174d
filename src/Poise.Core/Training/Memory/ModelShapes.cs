using Poise.Core.Models;

namespace Poise.Core.Training.Memory;

/// <summary>The shape of a model by its configuration.</summary>
static class ModelShapes
{
    public static ModelShape Of(ModelConfig config) => new(
        config.Layers, config.HiddenSize, config.Heads, config.KeyValueHeads, config.HeadSize, Intermediate(config), config.VocabularySize,
        config.Experts, Math.Max(1, config.ActiveExperts) + (config is DeepSeekConfig deep ? deep.SharedExperts : 0), config is not Gpt2Config);

    static int Intermediate(ModelConfig config) => config switch
    {
        LlamaConfig llama => llama.IntermediateSize,
        GptOssConfig mixture => mixture.IntermediateSize,
        Gpt2Config gpt2 => gpt2.InnerSize,
        Gemma2Config gemma => gemma.IntermediateSize,
        Qwen3MoeConfig qwen => qwen.ExpertSize,
        DeepSeekConfig deep => deep.ExpertSize,
        _ => throw new ArgumentException($"The shape of a {config.Architecture} model is not known here.", nameof(config)),
    };
}
