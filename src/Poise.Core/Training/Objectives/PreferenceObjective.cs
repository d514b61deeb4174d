using Poise.Core.Training.Data;
using Poise.Core.Training.Graph;

namespace Poise.Core.Training.Objectives;

/// <summary>Preference (Rafailov et al., 2023): the mean over pairs of -ln sigmoid(beta times what the wanted answer has gained on the other).</summary>
sealed class PreferenceObjective(IReadOnlyList<PreferencePair> pairs, double beta) : IObjective
{
    public int Rows => pairs.Count;

    public RowSize SizeOf(int row) =>
        new(pairs[row].Chosen.Length + pairs[row].Rejected.Length, pairs[row].Chosen.LossTokens + pairs[row].Rejected.LossTokens);

    /// <summary>Two documents a pair: the wanted answer, then the other.</summary>
    public TrainingBatch Batch(IReadOnlyList<int> rows) => TrainingBatch.Of([.. rows.Select(row => TrainingRow.Of([pairs[row].Chosen, pairs[row].Rejected]))]);

    public int Weight(TrainingBatch batch) => batch.Starts.Length / 2;

    public LossSums Train(TrainingModel model, Tape tape, TrainingBatch batch, int weight) => PreferencePass.Train(model, tape, batch, beta, weight).Sums;

    public LossSums Evaluate(TrainingModel model, Tape tape, TrainingBatch batch) => PreferencePass.Evaluate(model, tape, batch, beta).Sums;

    public LossMeans Means(LossSums sums, long weight) => new(sums.Loss / weight, sums.Margin / weight, (double)sums.Wins / weight);
}
