using Poise.Core.Library;
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
    /// <param name="changes">What an adapter trains.</param>
    public static TrainingModel Load(JsonConfig config, Checkpoint checkpoint, Func<string, bool> trains, AdapterChanges changes)
    {
        string declared = config.FindStrings("architectures")?.FirstOrDefault() ?? config.FindString("model_type") ?? "";
        Loader load = s_all.FirstOrDefault(row => row.Names.Contains(declared, StringComparer.Ordinal)).Load
            ?? throw config.Error("architectures", $"training a '{declared}' is not supported; Poise trains {string.Join(", ", s_all.Select(row => row.Names[1]))}");
        return Load(new ModelWeights(new FolderWeights(checkpoint), trains, changes), weights => load(config, checkpoint, weights));
    }

    /// <summary>With pairs alone, by module path or stacked parameter.</summary>
    public static TrainingModel Load(JsonConfig config, Checkpoint checkpoint, Func<string, bool> trains, IReadOnlyDictionary<string, LoraPair> pairs) =>
        Load(config, checkpoint, trains, AdapterChanges.OfPairs(pairs));

    /// <summary>Of a package in any layout, with nothing trained but adapters; it must stay open as long as the model.</summary>
    public static TrainingModel Load(ModelPackage package, AdapterChanges changes)
    {
        if (package.IsHuggingFace) return Load(JsonConfig.Read(Path.Combine(package.Path, "config.json")), package.Checkpoint, _ => false, changes);
        return Load(new ModelWeights(BaseWeights.Of(package), _ => false, changes), weights => package.Config switch
        {
            LlamaConfig llama => new LlamaGraph(llama, weights),
            Gpt2Config gpt2 => new Gpt2Graph(gpt2, weights),
            GptOssConfig mixture => new GptOssGraph(mixture, weights),
            _ => throw new PoiseException($"{package.Path}: training a {package.Architecture.Name} model in this layout is not supported; take its Hugging Face folder."),
        });
    }

    static TrainingModel Load(ModelWeights weights, Func<ModelWeights, TrainingModel> load)
    {
        try
        {
            TrainingModel model = load(weights);
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
