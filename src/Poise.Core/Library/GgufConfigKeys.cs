using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>The keys that say a model's shape, as converters write them.</summary>
static class GgufConfigKeys
{
    public static void AddTo(GgufWriter writer, ModelConfig config)
    {
        string arch = config.Architecture;
        void Integer(string key, int value) => writer.Add($"{arch}.{key}", (uint)value);
        void Number(string key, double value) => writer.Add($"{arch}.{key}", (float)value);

        Integer("block_count", config.Layers);
        Integer("context_length", config.ContextLength);
        Integer("embedding_length", config.HiddenSize);
        Integer("attention.head_count", config.Heads);
        if (config is Gpt2Config gpt2)
        {
            Integer("feed_forward_length", gpt2.InnerSize);
            Number("attention.layer_norm_epsilon", gpt2.LayerNormEpsilon);
        }
        else
        {
            Integer("attention.head_count_kv", config.KeyValueHeads);
            Integer("attention.key_length", config.HeadSize);
            Integer("attention.value_length", config.ValueSize);
        }
        if (config is LlamaConfig llama)
        {
            Integer("feed_forward_length", llama.IntermediateSize);
            Integer("rope.dimension_count", llama.HeadSize);
            Integer("vocab_size", llama.VocabularySize);
            Number("rope.freq_base", llama.RopeBase);
            Number("attention.layer_norm_rms_epsilon", llama.RmsEpsilon);
        }
        if (config is GptOssConfig oss)
        {
            Integer("feed_forward_length", oss.IntermediateSize);
            Integer("expert_feed_forward_length", oss.IntermediateSize);
            Integer("expert_count", oss.ExpertCount);
            Integer("expert_used_count", oss.ExpertsPerToken);
            Integer("attention.sliding_window", oss.Windows[0]);
            Number("attention.layer_norm_rms_epsilon", oss.RmsEpsilon);
            Number("rope.freq_base", oss.RopeBase);
            if (oss.RopeScaling.Kind == RopeScalingKind.Yarn)
            {
                writer.Add($"{arch}.rope.scaling.type", "yarn");
                Number("rope.scaling.factor", oss.RopeScaling.Factor);
                Integer("rope.scaling.original_context_length", oss.RopeScaling.OriginalContext);
                Number("rope.scaling.yarn_beta_fast", oss.RopeScaling.BetaFast);
                Number("rope.scaling.yarn_beta_slow", oss.RopeScaling.BetaSlow);
            }
        }
        SyntheticFamilyKeys.AddTo(writer, config, Integer, Number);
    }
}
