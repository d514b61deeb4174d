using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Recipes;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Graph;

/// <summary>The table of architectures that can be trained: a row each by the names that config.json gives them, and a line that makes the graph.</summary>
static class TrainingModels
{
    static readonly (string[] Names, Func<JsonConfig, Checkpoint, ModelConfig> Read)[] s_all =
    [
        (["LlamaForCausalLM", "llama"], LlamaConfig.FromHuggingFace),
        (["GPT2LMHeadModel", "gpt2"], Gpt2Config.FromHuggingFace),
        (["GptOssForCausalLM", "gpt_oss"], GptOssConfig.FromHuggingFace),
        (["Gemma2ForCausalLM", "gemma2"], Gemma2Config.FromHuggingFace),
        (["DeepseekV3ForCausalLM", "deepseek_v3"], (config, checkpoint) => DeepSeekConfig.FromHuggingFace(Unquantised(config), checkpoint)),
        (["Qwen3MoeForCausalLM", "qwen3_moe"], (config, checkpoint) => Qwen3MoeConfig.FromHuggingFace(Unquantised(config), checkpoint)),
    ];

    static TrainingModel Create(ModelConfig config, ModelWeights weights) => config switch
    {
        LlamaConfig llama => new LlamaGraph(llama, weights),
        Gpt2Config gpt2 => new Gpt2Graph(gpt2, weights),
        GptOssConfig mixture => new GptOssGraph(mixture, weights),
        Gemma2Config gemma => new Gemma2Graph(gemma, weights),
        Qwen3MoeConfig qwen => new Qwen3MoeGraph(qwen, weights),
        DeepSeekConfig deep => new DeepSeekV3Graph(deep, weights),
        _ => throw new PoiseException($"Training a {config.Architecture} model is not supported; Poise trains {string.Join(", ", s_all.Select(row => row.Names[1]))}."),
    };

    // Weights of 8 bits run, but nothing is trained on them.
    static JsonConfig Unquantised(JsonConfig config)
    {
        HuggingFaceKeys.CheckQuantization(config);
        return config;
    }

    /// <param name="config">config.json of a folder in the Hugging Face layout.</param>
    /// <param name="checkpoint">The folder's tensors; must stay open as long as the model.</param>
    /// <param name="trains">Whether a tensor of the base model, by its name there, is trained.</param>
    /// <param name="changes">What an adapter trains.</param>
    /// <param name="experts">How trained experts learn.</param>
    public static TrainingModel Load(JsonConfig config, Checkpoint checkpoint, Func<string, bool> trains, AdapterChanges changes, RecipeExperts? experts = null)
    {
        string declared = config.FindStrings("architectures")?.FirstOrDefault() ?? config.FindString("model_type") ?? "";
        Func<JsonConfig, Checkpoint, ModelConfig> read = s_all.FirstOrDefault(row => row.Names.Contains(declared, StringComparer.Ordinal)).Read
            ?? throw config.Error("architectures", $"training a '{declared}' is not supported; Poise trains {string.Join(", ", s_all.Select(row => row.Names[1]))}");
        return Load(read(config, checkpoint), new ModelWeights(new FolderWeights(checkpoint), trains, changes, experts), experts);
    }

    /// <summary>With pairs alone, by module path or stacked parameter.</summary>
    public static TrainingModel Load(JsonConfig config, Checkpoint checkpoint, Func<string, bool> trains, IReadOnlyDictionary<string, LoraPair> pairs) =>
        Load(config, checkpoint, trains, AdapterChanges.OfPairs(pairs));

    /// <summary>Of a package in any layout, with nothing trained but adapters; it must stay open as long as the model.</summary>
    public static TrainingModel Load(ModelPackage package, AdapterChanges changes)
    {
        if (package.IsHuggingFace) return Load(JsonConfig.Read(Path.Combine(package.Path, "config.json")), package.Checkpoint, _ => false, changes);
        return Load(package.Config, new ModelWeights(BaseWeights.Of(package), _ => false, changes));
    }

    static TrainingModel Load(ModelConfig config, ModelWeights weights, RecipeExperts? experts = null)
    {
        try
        {
            if (experts is not null && config is not GptOssConfig) throw new PoiseException($"The recipe's section experts is for gpt-oss models; this one is {config.Architecture}. Leave it out.");
            TrainingModel model = Create(config, weights);
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
