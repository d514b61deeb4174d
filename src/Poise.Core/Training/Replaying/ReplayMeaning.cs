using System.Globalization;
using Poise.Core.Training.Transcripts;

namespace Poise.Core.Training.Replaying;

/// <summary>What a field that differs is, and what that says about the cause.</summary>
static class ReplayMeaning
{
    /// <summary>Of what the run started from.</summary>
    public static ReplayFinding OfHeader(TranscriptDifference difference)
    {
        (ReplayKind kind, string meaning) = difference.Field switch
        {
            "base" => (ReplayKind.Base, "The model's weights are not those that the run started from: at least one bit of them differs. Name the right folder with --model."),
            "tokenizer" => (ReplayKind.Tokenizer, "Tokenizer or chat template are not those of the run, so the same texts may be other tokens. Name the right folder with --model."),
            "initial_weights" => (ReplayKind.InitialWeights, "The run began with other trained values. If it went on from an adapter, name that with --adapter."),
            var data when data.StartsWith("data ", StringComparison.Ordinal) => (ReplayKind.Data, "The file is not the one that the run read: its bytes have another SHA-256. Name the right files with --data, in the order of the run."),
            _ => (ReplayKind.Recipe, "The recipe in the transcript is not in its canonical spelling, or does not agree with the rest of the header: it was changed, or written by another version of Poise."),
        };
        return new ReplayFinding(kind, 0, difference.Field, difference.Left, difference.Right, meaning);
    }

    /// <summary>Of the first step after a checkpoint, whose place in the data is under no digest of the transcript.</summary>
    public static ReplayFinding AfterCheckpoint(ReplayFinding finding) =>
        finding with { Meaning = $"{finding.Meaning} Or else the place in the data that the checkpoint of step {Text(finding.Step - 1)} names was changed: replay the steps before it to tell." };

    /// <param name="sure">The last step after which the weights were known to be the transcript's.</param>
    public static ReplayFinding OfStep(TranscriptDifference difference, long sure)
    {
        string known = sure == 0 ? "The run began with the same weights" : $"The weights were the same after step {Text(sure)}";
        (ReplayKind kind, string meaning) = difference.Field switch
        {
            "learning_rate" => (ReplayKind.LearningRate, "The rows are the same; the schedule, which follows from the recipe alone, has another rate here."),
            "loss" => (ReplayKind.Loss, $"{known}, and the rows and rates since then are the same: the forward pass of this step, or an update between the two, had another result."),
            "gradient_norm" => (ReplayKind.Gradient, $"{known}, and the loss of this step is the same: the backward pass had another result."),
            "weights" => (ReplayKind.Weights, $"{known}, and losses and gradient norms since then are the same: the optimiser's update, or single gradients, had another result."),
            "evaluation tokens" or "evaluation loss" => (ReplayKind.Evaluation, "Everything that the steps computed is the same up to here; the loss on what is held back is not, so the line was changed, or the evaluation had another result."),
            "optimizer_state" => (ReplayKind.OptimizerState, $"{known}, and they still are; what the optimiser remembers beside them is not."),
            _ => (ReplayKind.Data, "The files are those of the run; the rows that this step takes from them are not."),
        };
        return new ReplayFinding(kind, difference.Step, difference.Field, difference.Left, difference.Right, meaning);
    }

    static string Text(long step) => step.ToString(CultureInfo.InvariantCulture);
}
