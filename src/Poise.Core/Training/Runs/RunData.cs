using System.Globalization;
using Poise.Core.Training.Data;
using Poise.Core.Training.Objectives;
using Poise.Core.Training.Recipes;
using Poise.Tensors;

namespace Poise.Core.Training.Runs;

/// <summary>The data of a run, read and checked: what it trains on, and what it is only measured on.</summary>
sealed class RunData
{
    /// <param name="train">Files.</param>
    /// <param name="evaluation">Files that are only measured on; empty where the recipe has none, or nobody asks for evaluations.</param>
    /// <param name="context">The longest sequence of the model.</param>
    public RunData(Recipe recipe, SampleFormat format, IReadOnlyList<string> train, IReadOnlyList<string> evaluation, int context, CancellationToken cancellation = default)
    {
        DataPurpose purpose = recipe.Method == TrainingMethod.Dpo ? DataPurpose.Preferences : DataPurpose.Samples;
        Read = DatasetReader.Read(train, format, purpose, cancellation);
        Dataset rest = Read;
        Dataset? held = evaluation.Count > 0 ? DatasetReader.Read(evaluation, format, purpose, cancellation) : null;
        if (recipe.Data.EvaluationShare > 0) (rest, held) = HeldBack.Of(Read, recipe.Data.EvaluationShare, unchecked((ulong)recipe.Data.Seed));
        Files = [.. Read.Files, .. evaluation.Count > 0 ? held!.Files : []];
        Training = Fit(rest, recipe.Data.MaxLength, context);
        Objective = ObjectiveOf(recipe, Training, recipe.Data.LearnsAll);
        if (held is null) return;
        try
        {
            Evaluation = Fit(held, recipe.Data.MaxLength, context);
        }
        catch (PoiseException e)
        {
            throw new PoiseException($"Of what is held back for evaluation: {e.Message}", e);
        }

        EvaluationObjective = ObjectiveOf(recipe, Evaluation, all: false);
    }

    /// <summary>All of the training files, before anything is held back or cut.</summary>
    public Dataset Read { get; }

    public FittedData Training { get; }

    public FittedData? Evaluation { get; }

    public IObjective Objective { get; }

    public IObjective? EvaluationObjective { get; }

    /// <summary>Those of training, then those of evaluation.</summary>
    public IReadOnlyList<DataFile> Files { get; }

    static IObjective ObjectiveOf(Recipe recipe, FittedData data, bool all) =>
        recipe.Method == TrainingMethod.Dpo ? new PreferenceObjective(data.Pairs, recipe.Beta)
        : new SampleObjective(recipe.Data, all ? [.. data.Samples.Select(sample => sample.WithEveryToken())] : data.Samples);

    static FittedData Fit(Dataset data, int maximumLength, int context)
    {
        FittedData fitted = FittedData.Of(data, maximumLength);
        TrainingSample longest = fitted.Samples.Concat(fitted.Pairs.SelectMany(pair => (TrainingSample[])[pair.Chosen, pair.Rejected])).MaxBy(sample => sample.Length)!;
        if (longest.Length <= context) return fitted;
        throw new PoiseException(string.Create(CultureInfo.InvariantCulture,
            $"{longest.Place}: {longest.Length} tokens are more than the {context} that this model can read. Set the recipe's data.max_length to {context} or less, which cuts what is longer."));
    }
}
