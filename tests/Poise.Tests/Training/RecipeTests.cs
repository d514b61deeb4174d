using Poise.Core.Training.Optimizers;
using Poise.Core.Pretraining;
using Poise.Core.Training.Recipes;
using Poise.Tensors;
using Poise.Tests.House;

namespace Poise.Tests.Training;

/// <summary>Recipes: what they say, what is refused and where, and their digest.</summary>
public sealed class RecipeTests
{
    const string Small = """
        model: tiny
        data: {train: a.jsonl}
        adapter: {kind: lora}
        optimizer: {learning_rate: 1e-3}
        """;

    const string Everything = """
        recipe: 1
        model: "some/model"
        method: sft
        data:
          train: [a.jsonl, 'b "c".jsonl']
          evaluation_share: 0.05
          max_length: 2048
          packing: true
          order: file
          seed: 7
        adapter:
          kind: rslora
          r: 16
          alpha: 32
          target_modules: [q_proj, v_proj]
          target_parameters: [7.mlp.experts.down_proj]
          layers: [3, 5]
        optimizer:
          kind: adamw
          learning_rate: 2e-4
          betas: [0.8, 0.95]
          epsilon: 1e-6
          weight_decay: 0.1
          max_gradient_norm: 0.5
          master_weights: bf16
        schedule:
          kind: cosine_with_min_lr
          warmup_ratio: 0.03
          min_lr_rate: 0.1
        run:
          batch_size: 4
          accumulation: 8
          epochs: 1.5
          recompute: false
          evaluate_every: 11
          checkpoint_every: 12
          keep_checkpoints: 5
          digest_every: 13
          sample_prompts: ["Grüße? 😀"]
          sample_every: 14
        """;

    public static TheoryData<string> Files => [.. SourceTree.Files.Where(f => f.StartsWith("recipes/", StringComparison.Ordinal) && f.EndsWith(".yaml", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryRecipeOfTheFolderIsOne(string file)
    {
        string path = Path.Combine(SourceTree.Root, file);
        if (PretrainingRecipe.Is(path))
        {
            Assert.NotEmpty(PretrainingRecipe.Load(path).Training);
        }
        else
        {
            Recipe recipe = Recipe.Load(path);
            Assert.Equal(recipe.Digest, Recipe.Parse(recipe.ToCanonicalYaml()).Digest);
        }

        Assert.Contains($"({file["recipes/".Length..]})", SourceTree.Read("recipes/README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheCookbookRecipeSaysWhatTheCookbookSays()
    {
        Recipe recipe = Recipe.Load(Path.Combine(SourceTree.Root, "recipes", "gpt-oss-20b-lora.yaml"));
        Assert.Equal((8, 16.0, "lora"), (recipe.Adapter!.Rank, recipe.Adapter.Alpha, recipe.Adapter.Kind));
        Assert.Equal([RecipeAdapter.AllLinear], recipe.Adapter.TargetModules);
        Assert.Equal(from layer in (int[])[7, 15, 23] from name in (string[])["gate_up_proj", "down_proj"] select $"{layer}.mlp.experts.{name}", recipe.Adapter.TargetParameters);
        Assert.Equal((2e-4, "cosine_with_min_lr", 0.03, 0.1), (recipe.LearningRate, recipe.Schedule.Kind, recipe.Schedule.WarmupRatio, recipe.Schedule.MinimumRate));
        Assert.Equal((4, 4, 1.0, 2048), (recipe.Run.BatchSize, recipe.Run.Accumulation, recipe.Run.Epochs, recipe.Data.MaxLength));
        Assert.Equal(63, recipe.Run.TotalSteps(1000));
    }

    [Fact]
    public void DefaultsAreThoseOfTheTable()
    {
        Recipe recipe = Recipe.Parse(Small);
        Assert.Equal(new OptimizerSettings("adamw", 0.9, 0.999, 1e-8, 0), recipe.Optimizer);
        Assert.Equal((TrainingMethod.Sft, 1.0, new ScheduleSettings("constant")), (recipe.Method, recipe.MaxGradientNorm, recipe.Schedule));
        Assert.Equal((8, 8.0), (recipe.Adapter!.Rank, recipe.Adapter.Alpha));
        Assert.Equal((1024, true, false, 0L), (recipe.Data.MaxLength, recipe.Data.Shuffled, recipe.Data.Packing, recipe.Data.Seed));
        Assert.Equal((1, 1, 1.0, 0L, true, 100, 3, 10), (recipe.Run.BatchSize, recipe.Run.Accumulation, recipe.Run.Epochs, recipe.Run.Steps, recipe.Run.Recompute,
            recipe.Run.CheckpointEvery, recipe.Run.KeepCheckpoints, recipe.Run.DigestEvery));
    }

    [Fact]
    public void SpellingDoesNotChangeTheDigestAndTheFormatIsPinned()
    {
        const string other = """
            # the same
            optimizer:
              learning_rate: 0.001
              kind: adamw
            "adapter":
              r: 8
            data:
              train:
                - "a.jsonl"
              seed: 0
            model: 'tiny'
            """;
        Assert.Equal(Recipe.Parse(Small).ToCanonicalYaml(), Recipe.Parse(other).ToCanonicalYaml());
        // A change here orphans every transcript that people have: it needs a new version of the format.
        Assert.Equal("6854b8edb022d0c1974b10bc618df39280d166d5934df810070cdefc5dd734d1", Recipe.Parse(Small).Digest);
    }

    [Fact]
    public void CanonicalTextsReadBack()
    {
        foreach (string yaml in (string[])[Small, Everything])
        {
            Recipe recipe = Recipe.Parse(yaml);
            string canonical = recipe.ToCanonicalYaml();
            Assert.Equal(canonical, Recipe.Parse(canonical).ToCanonicalYaml());
            Assert.All(canonical, c => Assert.True(c is '\n' or (>= ' ' and <= '~')));
        }
        Assert.Equal("Grüße? 😀", Recipe.Parse(Recipe.Parse(Everything).ToCanonicalYaml()).Run.SamplePrompts[0]);
    }

    /// <summary>Their defaults are left out, so that recipes from before have the digests that they had.</summary>
    [Theory]
    [InlineData("data: {train: a.jsonl, loss: answers}", "data: {train: a.jsonl}", true)]
    [InlineData("data: {train: a.jsonl, loss: all}", "data: {train: a.jsonl}", false)]
    [InlineData("experts: {balance: 0.01}", "experts: {balance: 0.02}", false)]
    [InlineData("experts: {format: mxfp4}", "experts: {format: stored}", false)]
    [InlineData("experts: {balance: 0.01}", "experts: {format: stored, balance: 0.01}", true)]
    [InlineData("schedule: {kind: inverse_sqrt, timescale: 300}", "schedule: {kind: inverse_sqrt, timescale: 301}", false)]
    [InlineData("schedule: {kind: inverse_sqrt, timescale: 300}", "schedule: {kind: inverse_sqrt}", false)]
    public void SettingsYoungerThanTheFormat(string one, string other, bool same)
    {
        string Of(string section) => $"model: tiny\nmethod: full\noptimizer: {{learning_rate: 0.1}}\n{(section.StartsWith("data", StringComparison.Ordinal) ? "" : "data: {train: a.jsonl}\n")}{section}\n";
        Recipe left = Recipe.Parse(Of(one)), right = Recipe.Parse(Of(other));
        Assert.Equal(same, left.Digest == right.Digest);
        Assert.Equal(left.Digest, Recipe.Parse(left.ToCanonicalYaml()).Digest);
    }

    [Theory]
    [InlineData("method: sft\nexperts: {balance: 0.1}", "no setting 'experts'")]
    [InlineData("method: full\nexperts: {balance: -1}", "experts.balance")]
    [InlineData("method: full\nexperts: {format: q4}", "'q4' is none of stored, mxfp4")]
    [InlineData("method: dpo\ndpo: {beta: 1}", "no setting 'loss' in data")]
    public void WhereTheyMeanNothingTheyAreRefused(string settings, string message) =>
        Assert.Contains(message, Assert.Throws<PoiseException>(() => Recipe.Parse($"model: tiny\n{settings}\noptimizer: {{learning_rate: 0.1}}\nadapter: {{r: 1}}\ndata: {{train: a.jsonl, loss: all}}".Replace(settings.Contains("full", StringComparison.Ordinal) ? "adapter: {r: 1}\n" : "\0", "", StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("some/model", "other/model")]
    [InlineData("method: sft", "method: dpo", "  packing: true\n", "")]
    [InlineData("[a.jsonl, ", "[")]
    [InlineData("0.05", "0.06")]
    [InlineData("2048", "2049")]
    [InlineData("packing: true", "packing: false")]
    [InlineData("order: file", "order: shuffled")]
    [InlineData("seed: 7", "seed: 8")]
    [InlineData("rslora", "lora")]
    [InlineData("r: 16", "r: 17")]
    [InlineData("alpha: 32", "alpha: 33")]
    [InlineData("q_proj,", "k_proj,")]
    [InlineData("7.mlp", "8.mlp")]
    [InlineData("[3, 5]", "[3]")]
    [InlineData("2e-4", "2.0000000000000004e-4")]
    [InlineData("0.8, 0.95", "0.8, 0.96")]
    [InlineData("0.8, 0.95", "0.7, 0.95")]
    [InlineData("1e-6", "1e-7")]
    [InlineData("weight_decay: 0.1", "weight_decay: 0")]
    [InlineData("max_gradient_norm: 0.5", "max_gradient_norm: 0")]
    [InlineData("bf16", "f32")]
    [InlineData("cosine_with_min_lr", "cosine", "min_lr_rate: 0.1", "")]
    [InlineData("cosine_with_min_lr", "inverse_sqrt", "min_lr_rate: 0.1", "timescale: 300")]
    [InlineData("warmup_ratio: 0.03", "warmup_steps: 3")]
    [InlineData("min_lr_rate: 0.1", "min_lr_rate: 0.2")]
    [InlineData("batch_size: 4", "batch_size: 2")]
    [InlineData("accumulation: 8", "accumulation: 2")]
    [InlineData("epochs: 1.5", "steps: 100")]
    [InlineData("recompute: false", "recompute: true")]
    [InlineData("evaluate_every: 11", "evaluate_every: 1")]
    [InlineData("checkpoint_every: 12", "checkpoint_every: 1")]
    [InlineData("keep_checkpoints: 5", "keep_checkpoints: 1")]
    [InlineData("digest_every: 13", "digest_every: 1")]
    [InlineData("😀", "😁")]
    [InlineData("sample_every: 14", "sample_every: 1")]
    public void EverySettingChangesTheDigest(params string[] changes)
    {
        string changed = Everything;
        for (int i = 0; i < changes.Length; i += 2)
        {
            Assert.Contains(changes[i], changed, StringComparison.Ordinal);
            changed = changed.Replace(changes[i], changes[i + 1], StringComparison.Ordinal);
        }
        Assert.NotEqual(Recipe.Parse(Everything).Digest, Recipe.Parse(changed).Digest);
    }

    [Theory]
    [InlineData("seed: 7", "sead: 7", 10, "sead", "max_length, ")]
    [InlineData("kind: adamw", "kind: adamw\n  momentum: 0.9", 20, "momentum", "betas")]
    [InlineData("kind: cosine_with_min_lr", "kind: cosine", 29, "min_lr_rate", "in schedule")]
    [InlineData("kind: rslora", "kind: dora", 16, "target_parameters", "in adapter")]
    [InlineData("method: sft", "method: full", 11, "adapter", "at the top")]
    [InlineData("recipe: 1", "recipe: 2", 1, "version 1")]
    [InlineData("r: 16", "r: 16.5", 13, "adapter.r", "whole number")]
    [InlineData("r: 16", "r: \"16\"", 13, "adapter.r", "whole number")]
    [InlineData("r: 16", "r: 0", 13, "from 1")]
    [InlineData("2e-4", "-1", 20, "learning_rate", "from 0 to 1000")]
    [InlineData("2e-4", "nan", 20, "learning_rate")]
    [InlineData("2e-4", "{}", 20, "learning_rate")]
    [InlineData("[0.8, 0.95]", "[0.8]", 21, "betas", "2 numbers")]
    [InlineData("packing: true", "packing: yes", 8, "true or false")]
    [InlineData("order: file", "order: random", 9, "shuffled, file")]
    [InlineData("order: file", "packing: true", 9, "again, after line 8")]
    [InlineData("[3, 5]", "[3, 3]", 17, "twice")]
    [InlineData("seed: 7", "seed: &a 7", 10, "anchors")]
    [InlineData("seed: 7", "seed: *a", 10, "anchors")]
    [InlineData("seed: 7", "seed: !!int 7", 10, "tags")]
    [InlineData("seed: 7", "seed: [7", 0, "not YAML")]
    [InlineData("model: \"some/model\"", "", 1, "model is missing")]
    [InlineData("train: [a.jsonl, 'b \"c\".jsonl']", "train: []", 5, "data.train")]
    [InlineData("target_modules: [q_proj, v_proj]", "target_modules: [q_proj, all-linear]", 15, "stands alone")]
    [InlineData("sample_every: 14", "sample_every: 14\n---\nmodel: x", 41, "second document")]
    public void ErrorsNameTheLineAndTheSetting(string from, string to, int line, params string[] words)
    {
        Assert.Contains(from, Everything, StringComparison.Ordinal);
        string message = Assert.Throws<PoiseException>(() => Recipe.Parse(Everything.Replace(from, to, StringComparison.Ordinal), "my.yaml")).Message;
        Assert.StartsWith("my.yaml", message, StringComparison.Ordinal);
        if (line > 0) Assert.Contains($"line {line}:", message, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }

    [Fact]
    public void HostileFilesAreRefusedAndNothingElseEscapes()
    {
        string deep = "model: " + new string('[', 5000);
        foreach (string yaml in (string[])["", "\0", "- a", "model", deep, $"model: {new string('x', 2 << 20)}", $"model: [{string.Join(',', Enumerable.Repeat("a", 30_000))}]", "? [a]\n: b", "model: \"\\uD800\""])
            Assert.Throws<PoiseException>(() => Recipe.Parse(yaml));
        const string marks = "\n :-[]{}&*!|>'\"%@`,?#\t\\x0\u0085\u2028";
        for (ulong seed = 0; seed < 3000; seed++)
        {
            char[] text = Everything.ToCharArray();
            for (uint change = 0; change < 3; change++)
            {
                (uint at, uint what, _, _) = Philox.Generate(seed, change, 0);
                text[at % text.Length] = marks[(int)(what % marks.Length)];
            }
            try
            {
                Recipe.Parse(new string(text));
            }
            catch (PoiseException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }
}
