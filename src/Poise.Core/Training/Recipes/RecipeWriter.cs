using System.Globalization;
using System.Text;
using Poise.Core.Training.Optimizers;

namespace Poise.Core.Training.Recipes;

/// <summary>
/// The canonical text of a recipe: the settings that apply, in one order, texts in double quotes, numbers in the shortest form
/// that reads back to the same bits.
/// </summary>
sealed class RecipeWriter
{
    readonly StringBuilder _text = new();
    string _indent = "";

    public static string Write(Recipe recipe)
    {
        var writer = new RecipeWriter();
        writer.WriteAll(recipe);
        return writer._text.ToString();
    }

    void WriteAll(Recipe recipe)
    {
        Line("recipe", Number(Recipe.Version));
        Line("model", Quote(recipe.Model));
        Line("method", Lower(recipe.Method));
        Section("data", () => WriteData(recipe.Data, recipe.Method));
        if (recipe.Adapter is { } adapter) Section("adapter", () => WriteAdapter(adapter));
        if (recipe.Experts is { } experts) Section("experts", () => WriteExperts(experts));
        if (recipe.Method == TrainingMethod.Dpo) Section("dpo", () => Line("beta", Number(recipe.Beta)));
        Section("optimizer", () => WriteOptimizer(recipe));
        Section("schedule", () => WriteSchedule(recipe.Schedule));
        Section("run", () => WriteRun(recipe.Run, recipe.Data));
    }

    void WriteData(RecipeData data, TrainingMethod method)
    {
        Line("train", List(data.Train.Select(Quote)));
        Line("evaluation", List(data.Evaluation.Select(Quote)));
        if (data.Evaluation.Count == 0) Line("evaluation_share", Number(data.EvaluationShare));
        Line("max_length", Number(data.MaxLength));
        if (method != TrainingMethod.Dpo) Line("packing", Switch(data.Packing));
        Line("order", data.Shuffled ? "shuffled" : "file");
        Line("seed", Number(data.Seed));
        // Younger than the format: written where it says something, so that older recipes keep their digests.
        if (data.LearnsAll) Line("loss", "all");
    }

    void WriteAdapter(RecipeAdapter adapter)
    {
        Line("kind", adapter.Kind);
        Line("r", Number(adapter.Rank));
        Line("alpha", Number(adapter.Alpha));
        Line("target_modules", List(adapter.TargetModules.Select(Quote)));
        if (adapter.Kind != "dora") Line("target_parameters", List(adapter.TargetParameters.Select(Quote)));
        if (adapter.TargetModules.Count > 0) Line("layers", List(adapter.Layers.Select(layer => Number(layer))));
    }

    void WriteExperts(RecipeExperts experts)
    {
        Line("balance", Number(experts.Balance));
        Line("format", experts.Format);
    }

    void WriteOptimizer(Recipe recipe)
    {
        OptimizerSettings optimizer = recipe.Optimizer;
        Line("kind", optimizer.Kind);
        Line("learning_rate", Number(recipe.LearningRate));
        if (optimizer.Kind is "adamw" or "muon")
        {
            Line("betas", List([Number(optimizer.Beta1), Number(optimizer.Beta2)]));
            Line("epsilon", Number(optimizer.Epsilon));
        }
        if (optimizer.Kind is "sgd" or "muon")
        {
            Line("momentum", Number(optimizer.Momentum));
            if (optimizer is { Kind: "sgd", Momentum: > 0 }) Line("nesterov", Switch(optimizer.Nesterov));
            if (optimizer.Kind == "muon") Line("table_rate", Number(optimizer.TableRate));
        }
        Line("weight_decay", Number(optimizer.WeightDecay));
        Line("max_gradient_norm", Number(recipe.MaxGradientNorm));
        Line("master_weights", Lower(optimizer.Master));
    }

    void WriteSchedule(ScheduleSettings schedule)
    {
        Line("kind", schedule.Kind);
        if (schedule.Kind == "constant") return;
        Line("warmup_steps", Number(schedule.WarmupSteps));
        if (schedule.WarmupSteps == 0) Line("warmup_ratio", Number(schedule.WarmupRatio));
        if (schedule.Kind == "cosine_with_min_lr") Line("min_lr_rate", Number(schedule.MinimumRate));
        if (schedule.Kind == "inverse_sqrt") Line("timescale", Number(schedule.Timescale));
    }

    void WriteRun(RecipeRun run, RecipeData data)
    {
        Line("batch_size", Number(run.BatchSize));
        Line("accumulation", Number(run.Accumulation));
        if (run.Steps > 0) Line("steps", Number(run.Steps));
        else Line("epochs", Number(run.Epochs));
        Line("recompute", Switch(run.Recompute));
        if (data.HasEvaluation) Line("evaluate_every", Number(run.EvaluateEvery));
        Line("checkpoint_every", Number(run.CheckpointEvery));
        Line("keep_checkpoints", Number(run.KeepCheckpoints));
        Line("digest_every", Number(run.DigestEvery));
        Line("sample_prompts", List(run.SamplePrompts.Select(Quote)));
        if (run.SamplePrompts.Count > 0) Line("sample_every", Number(run.SampleEvery));
    }

    void Section(string name, Action body)
    {
        _text.Append(name).Append(":\n");
        _indent = "  ";
        body();
        _indent = "";
    }

    void Line(string key, string value) => _text.Append(_indent).Append(key).Append(": ").Append(value).Append('\n');

    static string List(IEnumerable<string> items) => $"[{string.Join(", ", items)}]";

    static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    static string Switch(bool value) => value ? "true" : "false";

    static string Lower<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A text as YAML that holds it whatever it contains, in ASCII.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') quoted.Append('\\').Append((char)rune.Value);
            else if (rune.Value is >= ' ' and <= '~') quoted.Append((char)rune.Value);
            else quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
        }
        return quoted.Append('"').ToString();
    }
}
