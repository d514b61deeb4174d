using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Graph;

/// <summary>The table of architectures that can be trained: one row each, by the names that config.json gives them.</summary>
static class TrainingModels
{
    delegate TrainingModel Loader(JsonConfig config, Checkpoint checkpoint, ModelWeights weights);

    static readonly (string[] Names, Loader Load)[] s_all =
    [
        (["LlamaForCausalLM", "llama"], (config, checkpoint, weights) => new LlamaGraph(LlamaConfig.FromHuggingFace(config, checkpoint), weights)),
        (["GPT2LMHeadModel", "gpt2"], (config, checkpoint, weights) => new Gpt2Graph(Gpt2Config.FromHuggingFace(config, checkpoint), weights)),
        (["GptOssForCausalLM", "gpt_oss"], (config, checkpoint, weights) => new GptOssGraph(GptOssConfig.FromHuggingFace(config, checkpoint), weights)),
        (["Gemma2ForCausalLM", "gemma2"], (config, checkpoint, weights) => new Gemma2Graph(Gemma2Config.FromHuggingFace(config, checkpoint), weights)),
        (["DeepseekV3ForCausalLM", "deepseek_v3"], (config, checkpoint, weights) => new DeepSeekV3Graph(DeepSeekConfig.FromHuggingFace(Unquantised(config), checkpoint), weights)),
        (["Qwen3MoeForCausalLM", "qwen3_moe"], (config, checkpoint, weights) => new Qwen3MoeGraph(Qwen3MoeConfig.FromHuggingFace(Unquantised(config), checkpoint), weights)),
    ];

    // Weights of 8 bits run, but nothing is trained on them.
    static JsonConfig Unquantised(JsonConfig config)
    {
        HuggingFaceKeys.CheckQuantization(config);
        return config;
    }

    /// <param name="config">config.json of a folder in the Hugging Face layout.</param>
    /// <param name="checkpoint">The folder's tensors; must stay open as long as the model.</param>
    /// <param name="trains">Whether a tensor of the base model, by its name there, is trained.</param>
    /// <param name="adapters">Pairs by module path or stacked parameter.</param>
    public static TrainingModel Load(JsonConfig config, Checkpoint checkpoint, Func<string, bool> trains, IReadOnlyDictionary<string, LoraPair> adapters)
    {
        string declared = config.FindStrings("architectures")?.FirstOrDefault() ?? config.FindString("model_type") ?? "";
        Loader load = s_all.FirstOrDefault(row => row.Names.Contains(declared, StringComparer.Ordinal)).Load
            ?? throw config.Error("architectures", $"training a '{declared}' is not supported; Poise trains {string.Join(", ", s_all.Select(row => row.Names[1]))}");
        var weights = new ModelWeights(checkpoint, trains, adapters);
        try
        {
            TrainingModel model = load(config, checkpoint, weights);
            weights.CheckPlaced();
            return model;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
