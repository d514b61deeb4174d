using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>The kind of made-up vocabulary that a shape comes with.</summary>
enum SyntheticTokenizer
{
    Harmony,
    Llama3,
    Llama2,
    Gpt2,
}

/// <summary>The published shape of a model.</summary>
/// <param name="FolderType">What the publisher's own files hold.</param>
sealed record SyntheticShape(string Name, ModelConfig Config, SyntheticTokenizer Tokenizer, TensorType FolderType)
{
    public SyntheticShape WithLayers(int layers) => this with
    {
        Config = Config switch
        {
            GptOssConfig c => c with { Layers = layers, Windows = LayerWindows.Alternating(layers, c.Windows[0]) },
            Gemma2Config c => c with { Layers = layers, Windows = LayerWindows.Alternating(layers, c.Windows[0]) },
            DeepSeekConfig c => c with { Layers = layers, DenseLayers = Math.Min(layers, c.DenseLayers) },
            var c => c with { Layers = layers },
        },
    };
}

/// <summary>The table of shapes: one row each. Figures from the publishers' config.json.</summary>
static class SyntheticShapes
{
    public static IReadOnlyList<SyntheticShape> All { get; } =
    [
        GptOss("gpt-oss-20b", layers: 24, experts: 32),
        GptOss("gpt-oss-120b", layers: 36, experts: 128),
        Llama("llama-3.2-1b", layers: 16, hidden: 2048, heads: 32, keyValueHeads: 8, headSize: 64, intermediate: 8192, factor: 32, tied: true),
        Llama("llama-3.2-3b", layers: 28, hidden: 3072, heads: 24, keyValueHeads: 8, headSize: 128, intermediate: 8192, factor: 32, tied: true),
        Llama("llama-3.1-8b", layers: 32, hidden: 4096, heads: 32, keyValueHeads: 8, headSize: 128, intermediate: 14336, factor: 8, tied: false),
        new("llama-2-7b", new LlamaConfig
        {
            Layers = 32, HiddenSize = 4096, VocabularySize = 32000, ContextLength = 4096, Heads = 32, KeyValueHeads = 32, HeadSize = 128,
            IntermediateSize = 11008, RmsEpsilon = 1e-5f, RopeBase = 10000, RopeScaling = RopeScaling.None, Tied = false,
        }, SyntheticTokenizer.Llama2, TensorType.F16),
        Gpt2("gpt2", layers: 12, hidden: 768, heads: 12),
        Gpt2("gpt2-medium", layers: 24, hidden: 1024, heads: 16),
        Gpt2("gpt2-large", layers: 36, hidden: 1280, heads: 20),
        Gpt2("gpt2-xl", layers: 48, hidden: 1600, heads: 25),
        .. SyntheticFamilyShapes.All,
        // Not published: small enough to try a program with, in the same formats as the large ones.
        TinyGptOss(),
        TinyLlama3(),
    ];

    public static SyntheticShape Get(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new PoiseException($"There is no shape '{name}'. Shapes: {string.Join(", ", All.Select(s => s.Name))}.");

    static SyntheticShape GptOss(string name, int layers, int experts) => new(name, new GptOssConfig
    {
        Layers = layers, HiddenSize = 2880, VocabularySize = 201088, ContextLength = 131072, Heads = 64, KeyValueHeads = 8, HeadSize = 64,
        IntermediateSize = 2880, ExpertCount = experts, ExpertsPerToken = 4, RmsEpsilon = 1e-5f, RopeBase = 150000,
        RopeScaling = RopeScaling.Yarn(32, 4096, 32, 1, truncate: false), Windows = LayerWindows.Alternating(layers, 128),
    }, SyntheticTokenizer.Harmony, TensorType.BF16);

    static SyntheticShape Llama(string name, int layers, int hidden, int heads, int keyValueHeads, int headSize, int intermediate, double factor, bool tied) =>
        new(name, new LlamaConfig
        {
            Layers = layers, HiddenSize = hidden, VocabularySize = 128256, ContextLength = 131072, Heads = heads, KeyValueHeads = keyValueHeads,
            HeadSize = headSize, IntermediateSize = intermediate, RmsEpsilon = 1e-5f, RopeBase = 500000,
            RopeScaling = RopeScaling.Llama3(factor, 1, 4, 8192), Tied = tied,
        }, SyntheticTokenizer.Llama3, TensorType.BF16);

    static SyntheticShape Gpt2(string name, int layers, int hidden, int heads) => new(name, new Gpt2Config
    {
        Layers = layers, HiddenSize = hidden, VocabularySize = 50257, ContextLength = 1024, Heads = heads, KeyValueHeads = heads,
        HeadSize = hidden / heads, InnerSize = 4 * hidden, LayerNormEpsilon = 1e-5f,
    }, SyntheticTokenizer.Gpt2, TensorType.F32);

    static SyntheticShape TinyGptOss()
    {
        SyntheticShape full = GptOss("tiny-gpt-oss", layers: 4, experts: 4);
        return full with
        {
            Config = (GptOssConfig)full.Config with
            {
                HiddenSize = 64, IntermediateSize = 64, VocabularySize = 2048, ContextLength = 16384, Heads = 4, KeyValueHeads = 2, HeadSize = 32, ExpertsPerToken = 2,
            },
        };
    }

    static SyntheticShape TinyLlama3()
    {
        SyntheticShape full = Llama("tiny-llama-3", layers: 2, hidden: 64, heads: 4, keyValueHeads: 2, headSize: 32, intermediate: 128, factor: 8, tied: true);
        return full with { Config = (LlamaConfig)full.Config with { VocabularySize = 1024, ContextLength = 16384 } };
    }
}
