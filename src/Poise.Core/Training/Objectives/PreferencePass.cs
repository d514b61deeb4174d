using Poise.Core.Training.Graph;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Objectives;

/// <summary>
/// Pairs of answers through a model and its reference, which is the same base without the adapter. With l the sum of ln p over an
/// answer's targets, the reward of an answer is beta (l of the model - l of the reference), a pair's margin the reward of the
/// wanted answer minus the other's, and its loss -ln sigmoid(margin).
/// </summary>
sealed class PreferencePass
{
    /// <summary>Where e^x is as good as nothing, or as everything.</summary>
    const double Farthest = 600;

    readonly double _beta;

    PreferencePass(double beta, double[] policy, double[] reference)
    {
        (_beta, Policy, Reference) = (beta, policy, reference);
        for (int pair = 0; pair < policy.Length / 2; pair++)
        {
            double margin = Margin(pair);
            Sums += new LossSums(Softplus(-margin), margin, margin > 0 ? 1 : 0);
        }
    }

    /// <summary>l of each document under the model.</summary>
    public double[] Policy { get; }

    /// <summary>l of each document under the reference.</summary>
    public double[] Reference { get; }

    public LossSums Sums { get; }

    /// <summary>Adds the gradients of sum(loss) / <paramref name="pairs"/>. The reference has none.</summary>
    /// <param name="batch">Two documents a pair: the wanted answer, then the other.</param>
    /// <param name="pairs">Of the whole step.</param>
    public static PreferencePass Train(TrainingModel model, Tape tape, TrainingBatch batch, double beta, int pairs)
    {
        double[] reference = Measure(model, tape, batch, adapted: false);
        Node node = model.LogProbabilities(tape, batch);
        var pass = new PreferencePass(beta, Documents(batch, node), reference);
        float[] gradient = new float[batch.Rows];
        for (int document = 0; document < batch.Starts.Length; document++)
        {
            double margin = pass.Margin(document / 2), slope = beta / (1 + PreciseMath.Exp(Math.Clamp(margin, -Farthest, Farthest))) / pairs;
            float pull = (float)(document % 2 == 0 ? -slope : slope);
            for (int t = batch.Starts[document]; t < End(batch, document); t++) gradient[t] = batch.Targets[t] == TrainingBatch.Ignored ? 0 : pull;
        }

        tape.Backward(node, gradient);
        return pass;
    }

    /// <summary>Without gradients.</summary>
    public static PreferencePass Evaluate(TrainingModel model, Tape tape, TrainingBatch batch, double beta) =>
        new(beta, Measure(model, tape, batch, adapted: true), Measure(model, tape, batch, adapted: false));

    double Margin(int pair) => _beta * (Policy[2 * pair] - Reference[2 * pair] - (Policy[2 * pair + 1] - Reference[2 * pair + 1]));

    static double[] Measure(TrainingModel model, Tape tape, TrainingBatch batch, bool adapted)
    {
        (bool gradients, bool before) = (tape.Gradients, model.Adapted);
        (tape.Gradients, model.Adapted) = (false, adapted);
        double[] sums = Documents(batch, model.LogProbabilities(tape, batch));
        tape.Clear();
        (tape.Gradients, model.Adapted) = (gradients, before);
        return sums;
    }

    static double[] Documents(TrainingBatch batch, Node logProbabilities)
    {
        double[] sums = new double[batch.Starts.Length];
        for (int document = 0; document < sums.Length; document++)
            for (int t = batch.Starts[document]; t < End(batch, document); t++) sums[document] += logProbabilities.Value.All[t];
        return sums;
    }

    static int End(TrainingBatch batch, int document) => document + 1 < batch.Starts.Length ? batch.Starts[document + 1] : batch.Rows;

    // ln(1 + e^x), where e^x would be too large x itself and a rest.
    static double Softplus(double x) => Math.Max(x, 0) + PreciseMath.Log(1 + PreciseMath.Exp(-Math.Min(Math.Abs(x), Farthest)));
}
