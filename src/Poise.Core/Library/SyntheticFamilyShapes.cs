using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>Published shapes of Gemma 2, Qwen 3 with experts and DeepSeek: one row each. Figures from the publishers' config.json.</summary>
static class SyntheticFamilyShapes
{
    public static IReadOnlyList<SyntheticShape> All { get; } =
    [
        Gemma2("gemma-2-2b", layers: 26, hidden: 2304, heads: 8, keyValueHeads: 4, headSize: 256, intermediate: 9216, scalar: 256),
        Gemma2("gemma-2-9b", layers: 42, hidden: 3584, heads: 16, keyValueHeads: 8, headSize: 256, intermediate: 14336, scalar: 256),
        Gemma2("gemma-2-27b", layers: 46, hidden: 4608, heads: 32, keyValueHeads: 16, headSize: 128, intermediate: 36864, scalar: 144),
        Qwen3Moe("qwen3-30b-a3b", layers: 48, hidden: 2048, heads: 32, width: 768),
        Qwen3Moe("qwen3-235b-a22b", layers: 94, hidden: 4096, heads: 64, width: 1536),
        new("deepseek-v2-lite", DeepSeek(sigmoid: false) with
        {
            Layers = 27, DenseLayers = 1, HiddenSize = 2048, VocabularySize = 102400, Heads = 16, KeyValueHeads = 16, IntermediateSize = 10944, ExpertSize = 1408,
            ExpertCount = 64, ExpertsPerToken = 6, SharedExperts = 2,
        }, SyntheticTokenizer.Gpt2, TensorType.BF16),
        new("deepseek-v3", DeepSeek(sigmoid: true) with
        {
            Layers = 61, DenseLayers = 3, HiddenSize = 7168, VocabularySize = 129280, Heads = 128, KeyValueHeads = 128, IntermediateSize = 18432, ExpertSize = 2048,
            ExpertCount = 256, ExpertsPerToken = 8, SharedExperts = 1, QueryRank = 1536, Groups = 8, GroupsPerToken = 4, Normalise = true, RoutedFactor = 2.5f,
        }, SyntheticTokenizer.Gpt2, TensorType.BF16),
    ];

    static SyntheticShape Gemma2(string name, int layers, int hidden, int heads, int keyValueHeads, int headSize, int intermediate, int scalar) => new(name, new Gemma2Config
    {
        Layers = layers, HiddenSize = hidden, VocabularySize = 256000, ContextLength = 8192, Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = headSize,
        IntermediateSize = intermediate, RmsEpsilon = 1e-6f, RopeBase = 10000, RopeScaling = RopeScaling.None, Windows = LayerWindows.Alternating(layers, 4096),
        QueryScalar = scalar, ScoreCap = 50, LogitCap = 30, Tied = true,
    }, SyntheticTokenizer.Llama2, TensorType.BF16);

    static SyntheticShape Qwen3Moe(string name, int layers, int hidden, int heads, int width) => new(name, new Qwen3MoeConfig
    {
        Layers = layers, HiddenSize = hidden, VocabularySize = 151936, ContextLength = 40960, Heads = heads, KeyValueHeads = 4, HeadSize = 128,
        IntermediateSize = 0, ExpertSize = width, ExpertCount = 128, ExpertsPerToken = 8, Normalise = true, DenseLayers = new LayerSet([]),
        RmsEpsilon = 1e-6f, RopeBase = 1000000, RopeScaling = RopeScaling.None, Tied = false,
    }, SyntheticTokenizer.Gpt2, TensorType.BF16);

    // What V2-Lite and V3 have in common.
    static DeepSeekConfig DeepSeek(bool sigmoid) => new()
    {
        Layers = 1, HiddenSize = 1, VocabularySize = 1, ContextLength = 163840, Heads = 1, KeyValueHeads = 1, HeadSize = 192, QueryRank = 0, LatentRank = 512, RotarySize = 64,
        ValueHeadSize = 128, ScoreScale = SyntheticFamilyKeys.ScoreScale(sigmoid, 40, 192), RopeBase = 10000,
        RopeScaling = RopeScaling.Yarn(40, 4096, 32, 1, truncate: true, attentionFactor: 1), RmsEpsilon = 1e-6f, DenseLayers = 1, IntermediateSize = 1, ExpertSize = 1,
        ExpertCount = 1, ExpertsPerToken = 1, SharedExperts = 1, Groups = 1, GroupsPerToken = 1, Sigmoid = sigmoid, Normalise = false, RoutedFactor = 1,
    };
}
