using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Core.Training.Recipes;
using Poise.Tensors;

namespace Poise.Core.Pretraining;

/// <summary>From YAML to a recipe; every value is checked, and what does not belong is refused.</summary>
static class PretrainingRecipeReader
{
    const int MaxSize = 1 << 16, MaxLayers = 256, Block = 32;

    // What else lies in the folder of such a training.
    static readonly string[] s_taken = ["corpus", "tokenizer", "initial"];

    public static PretrainingRecipe Read(string yaml, string file, string folder)
    {
        var top = new RecipeSection(file, "", RecipeYaml.Read(yaml, file));
        if (top.Whole("pretraining", 1, int.MaxValue) != PretrainingRecipe.Version) throw top.Error("pretraining", $"this Poise reads version {PretrainingRecipe.Version}");
        string name = FileName(top, "name", top.Text("name"));
        CorpusPlan corpus = ReadCorpus(Needed("corpus"));
        TokenizerPlan tokenizer = ReadTokenizer(Needed("tokenizer"));
        GptOssConfig model = ReadModel(Needed("model"), tokenizer.Vocabulary);
        InitialPlan initial = ReadInitial(Needed("initial"), model);
        IReadOnlyList<TrainingStage> training = ReadTraining(top, folder);
        RecipeSection artefact = Needed("artefact");
        TensorType type = Enum.Parse<TensorType>(artefact.Choice("type", ["Q8_0", "BF16", "F16", "F32"], "Q8_0"));
        artefact.Finish();
        top.Finish();
        return new PretrainingRecipe(name, corpus, tokenizer, model, initial, training, type);

        RecipeSection Needed(string key) => top.Section(key) ?? throw RecipeYaml.Error(file, top.Line, $"the section {key} is missing.");
    }

    static CorpusPlan ReadCorpus(RecipeSection corpus)
    {
        var plan = new CorpusPlan(corpus.Choice("generator", CorpusGenerators.Names), corpus.Whole("seed", 0, long.MaxValue), (int)corpus.Whole("conversations", 1, 100_000_000));
        corpus.Finish();
        return plan;
    }

    static TokenizerPlan ReadTokenizer(RecipeSection tokenizer)
    {
        var plan = new TokenizerPlan((int)tokenizer.Whole("vocabulary", 300, 1 << 20), tokenizer.Text("split", "o200k"));
        tokenizer.Finish();
        return plan;
    }

    static GptOssConfig ReadModel(RecipeSection model, int vocabulary)
    {
        int layers = Size("layers", MaxLayers), heads = Size("heads"), keyValueHeads = Size("key_value_heads"), head = Size("head_size"), hidden = Size("hidden_size"), expert = Size("expert_size");
        int experts = Size("experts"), active = Size("experts_per_token"), window = (int)model.Whole("window", 0, MaxSize, 128), context = (int)model.Whole("context", 16, 1 << 20);
        double theta = model.Number("rope_theta", 1.001, 1e15, 150_000);
        if (heads % keyValueHeads != 0) throw model.Error("key_value_heads", $"{heads} heads cannot share {keyValueHeads} evenly");
        if (head % 2 != 0) throw model.Error("head_size", "an even number was expected, since dimensions rotate in pairs");
        if (active > experts) throw model.Error("experts_per_token", $"a layer has {experts} experts");
        if (hidden % Block != 0) throw model.Error("hidden_size", $"a multiple of {Block} was expected, as experts are stored in blocks of so many");
        if (expert % Block != 0) throw model.Error("expert_size", $"a multiple of {Block} was expected, as experts are stored in blocks of so many");
        if ((long)heads * head % Block != 0) throw model.Error("head_size", $"heads times it is the width of a stored matrix; a multiple of {Block} was expected");
        model.Finish();
        return new GptOssConfig
        {
            Layers = layers, HiddenSize = hidden, VocabularySize = vocabulary, ContextLength = context, Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = head,
            IntermediateSize = expert, ExpertCount = experts, ExpertsPerToken = active, RmsEpsilon = 1e-5f, RopeBase = theta, RopeScaling = RopeScaling.None,
            Windows = LayerWindows.Alternating(layers, window),
        };

        int Size(string key, int most = MaxSize) => (int)model.Whole(key, 1, most);
    }

    static InitialPlan ReadInitial(RecipeSection initial, GptOssConfig model)
    {
        var plan = new InitialPlan(initial.Whole("seed", 0, long.MaxValue), initial.Number("deviation", 1e-6, 10, 0.02), initial.Switch("induction", false));
        if (plan.Induction && InductionHeads.Hindrance(model) is { } hindrance) throw initial.Error("induction", hindrance);
        initial.Finish();
        return plan;
    }

    static List<TrainingStage> ReadTraining(RecipeSection top, string folder)
    {
        var stages = new List<TrainingStage>();
        foreach (string file in top.Texts("training"))
        {
            string name = FileName(top, "training", Path.GetFileNameWithoutExtension(file));
            if (s_taken.Contains(name) || stages.Any(stage => stage.Name == name)) throw top.Error("training", $"'{name}' cannot name a run: it is taken");
            Recipe recipe = Recipe.Load(Path.Combine(folder, file));
            if (recipe.Method != TrainingMethod.Full) throw top.Error("training", $"{file} trains an adapter; method: full trains a model");
            stages.Add(new TrainingStage(name, recipe));
        }

        return stages.Count > 0 ? stages : throw top.Error("training", "the recipe of a run is missing");
    }

    static string FileName(RecipeSection section, string key, string name) =>
        name.Length <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && name.Length > 0 ? name : throw section.Error(key, $"'{name}' cannot name a file: letters, digits, - and _ were expected");
}
