using Poise.Core.Training.Optimizers;

namespace Poise.Core.Training.Recipes;

/// <summary>From YAML to a recipe; every value is checked, and what does not belong is refused.</summary>
static class RecipeReader
{
    const int MaxSteps = 1_000_000_000;
    static readonly string[] s_methods = ["sft", "dpo", "full"], s_orders = ["shuffled", "file"], s_masters = ["f32", "bf16"], s_losses = ["answers", "all"];

    public static Recipe Read(string yaml, string file)
    {
        var top = new RecipeSection(file, "", RecipeYaml.Read(yaml, file));
        if (top.Whole("recipe", 1, int.MaxValue, Recipe.Version) != Recipe.Version)
            throw top.Error("recipe", $"this Poise reads version {Recipe.Version}");
        string model = top.Text("model");
        var method = (TrainingMethod)Array.IndexOf(s_methods, top.Choice("method", s_methods, "sft"));
        RecipeData data = ReadData(Needed("data"), method);
        RecipeAdapter? adapter = method == TrainingMethod.Full ? null : ReadAdapter(Needed("adapter"));
        RecipeExperts? experts = method == TrainingMethod.Full && top.Section("experts") is { } section ? ReadExperts(section) : null;
        double beta = method == TrainingMethod.Dpo ? ReadBeta(Optional("dpo")) : 0;
        RecipeSection optimizer = Needed("optimizer");
        OptimizerSettings settings = ReadOptimizer(optimizer);
        double learningRate = optimizer.Number("learning_rate", 0, 1e3), maxNorm = optimizer.Number("max_gradient_norm", 0, 1e12, 1);
        optimizer.Finish();
        ScheduleSettings schedule = ReadSchedule(Optional("schedule"));
        RecipeRun run = ReadRun(Optional("run"), data);
        top.Finish();
        return new Recipe(model, method, data, adapter, beta, settings, learningRate, maxNorm, schedule, run, experts);

        RecipeSection Optional(string key) => top.Section(key) ?? new RecipeSection(file, key, new RecipeNode.Section(top.Line, []));
        RecipeSection Needed(string key) => top.Section(key) ?? throw RecipeYaml.Error(file, top.Line, $"the section {key} is missing.");
    }

    static RecipeData ReadData(RecipeSection data, TrainingMethod method)
    {
        IReadOnlyList<string> train = data.Texts("train"), evaluation = data.Texts("evaluation");
        if (train.Count == 0) throw data.Error("train", "a file to learn from is missing");
        double share = evaluation.Count > 0 ? 0 : data.Number("evaluation_share", 0, 0.9, 0);
        int maxLength = (int)data.Whole("max_length", 2, 1 << 24, 1024);
        bool packing = method != TrainingMethod.Dpo && data.Switch("packing", false);
        bool shuffled = data.Choice("order", s_orders, "shuffled") == "shuffled";
        long seed = data.Whole("seed", 0, long.MaxValue, 0);
        bool all = method != TrainingMethod.Dpo && data.Choice("loss", s_losses, "answers") == "all";
        data.Finish();
        return new RecipeData(train, evaluation, share, maxLength, packing, shuffled, seed, all);
    }

    static RecipeAdapter ReadAdapter(RecipeSection adapter)
    {
        string kind = adapter.Choice("kind", RecipeAdapter.Kinds, "lora");
        int rank = (int)adapter.Whole("r", 1, 65536, 8);
        double alpha = adapter.Number("alpha", 0, 1e6, rank);
        IReadOnlyList<string> modules = adapter.Texts("target_modules");
        // The norm of a DoRA column is defined for one matrix, not for a stack of experts.
        IReadOnlyList<string> parameters = kind == "dora" ? [] : adapter.Texts("target_parameters");
        if (modules.Count == 0 && parameters.Count == 0) modules = [RecipeAdapter.AllLinear];
        if (modules.Count > 1 && modules.Contains(RecipeAdapter.AllLinear)) throw adapter.Error("target_modules", $"{RecipeAdapter.AllLinear} stands alone");
        IReadOnlyList<int> layers = modules.Count > 0 ? adapter.Indices("layers", 100_000) : [];
        adapter.Finish();
        return new RecipeAdapter(kind, rank, alpha, modules, parameters, layers);
    }

    static RecipeExperts ReadExperts(RecipeSection experts)
    {
        var read = new RecipeExperts(experts.Number("balance", 0, 1e3, 0), experts.Choice("format", RecipeExperts.Formats, RecipeExperts.Stored));
        experts.Finish();
        return read;
    }

    static double ReadBeta(RecipeSection dpo)
    {
        double beta = dpo.Number("beta", 1e-6, 1e3, 0.1);
        dpo.Finish();
        return beta;
    }

    static OptimizerSettings ReadOptimizer(RecipeSection optimizer)
    {
        string kind = optimizer.Choice("kind", OptimizerKinds.Names, "adamw");
        double decay = optimizer.Number("weight_decay", 0, 100, 0);
        var master = (MasterPrecision)Array.IndexOf(s_masters, optimizer.Choice("master_weights", s_masters, "f32"));
        if (kind is "adamw" or "muon")
        {
            IReadOnlyList<double> betas = optimizer.Numbers("betas", 2, 0, 0.9999999, [0.9, 0.999]);
            var settings = new OptimizerSettings(kind, betas[0], betas[1], optimizer.Number("epsilon", 1e-30, 1, 1e-8), decay, Master: master);
            return kind == "muon" ? settings with { Momentum = optimizer.Number("momentum", 0, 0.9999999, 0.95), TableRate = optimizer.Number("table_rate", 0, 1e3, 1) } : settings;
        }
        double momentum = optimizer.Number("momentum", 0, 0.9999999, 0);
        bool nesterov = momentum > 0 && optimizer.Switch("nesterov", false);
        return new OptimizerSettings(kind, WeightDecay: decay, Momentum: momentum, Nesterov: nesterov, Master: master);
    }

    static ScheduleSettings ReadSchedule(RecipeSection schedule)
    {
        string kind = schedule.Choice("kind", Schedules.Names, "constant");
        int steps = kind == "constant" ? 0 : (int)schedule.Whole("warmup_steps", 0, MaxSteps, 0);
        double ratio = kind == "constant" || steps > 0 ? 0 : schedule.Number("warmup_ratio", 0, 1, 0);
        double minimum = kind == "cosine_with_min_lr" ? schedule.Number("min_lr_rate", 0, 1, 0) : 0;
        int timescale = kind == "inverse_sqrt" ? (int)schedule.Whole("timescale", 0, MaxSteps, 0) : 0;
        schedule.Finish();
        return new ScheduleSettings(kind, steps, ratio, minimum, timescale);
    }

    static RecipeRun ReadRun(RecipeSection run, RecipeData data)
    {
        int size = (int)run.Whole("batch_size", 1, 1 << 20, 1), accumulation = (int)run.Whole("accumulation", 1, 1 << 20, 1);
        long steps = run.Whole("steps", 0, MaxSteps, 0);
        double epochs = steps > 0 ? 0 : run.Number("epochs", 1e-6, 1e6, 1);
        bool recompute = run.Switch("recompute", true);
        int evaluate = data.HasEvaluation ? (int)run.Whole("evaluate_every", 0, MaxSteps, 0) : 0;
        int checkpoint = (int)run.Whole("checkpoint_every", 1, MaxSteps, 100), keep = (int)run.Whole("keep_checkpoints", 1, 10_000, 3);
        int digest = (int)run.Whole("digest_every", 1, MaxSteps, 10);
        IReadOnlyList<string> prompts = run.Texts("sample_prompts");
        int sample = prompts.Count > 0 ? (int)run.Whole("sample_every", 1, MaxSteps, checkpoint) : 0;
        run.Finish();
        return new RecipeRun(size, accumulation, epochs, steps, recompute, evaluate, checkpoint, keep, digest, sample, prompts);
    }
}
