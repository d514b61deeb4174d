using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A model as training sees it: a forward pass on a tape, and the parameters that its backward pass gives gradients to.</summary>
abstract class TrainingModel(ModelWeights weights) : IDisposable
{
    bool _adapted = true;

    protected ModelWeights Weights { get; } = weights;

    /// <summary>Trained tensors of the base model. The factors of adapters are their owner's.</summary>
    public IReadOnlyCollection<Parameter> Parameters => Weights.Parameters;

    /// <summary>Whether the adapters take part; without them this is the base model.</summary>
    public bool Adapted
    {
        get => _adapted;
        set => _adapted = value || !Weights.ReplacesTensors ? value
            : throw new PoiseException("The adapter replaces tensors of its base, so that the base cannot serve as the reference. Merge it first (poise merge), and train on the result.");
    }

    /// <summary>ln p of every row's target, [rows, 1]; 0 for rows without one.</summary>
    public Node LogProbabilities(Tape tape, TrainingBatch batch)
    {
        Weights.Refresh(tape.Pool);
        return Output.LogProbabilities(tape, States(tape, batch), batch.Targets, Adapted, LogitCap);
    }

    /// <summary>The weight of a router's <see cref="Router.Apply">balance</see> in this batch.</summary>
    protected double Balance { get; private set; }

    /// <summary>What the output matrix is multiplied with: every row after the last norm.</summary>
    protected abstract Node States(Tape tape, TrainingBatch batch);

    protected abstract OutputHead Output { get; }

    /// <summary>Logits become cap tanh(logit / cap); 0 for none.</summary>
    protected virtual float LogitCap => 0;

    /// <summary>
    /// One micro-batch: gradients of sum(-ln p) / <paramref name="targets"/> are added to the parameters. Returns sum(-ln p).
    /// </summary>
    /// <param name="targets">Targets of the whole step, over all its micro-batches.</param>
    public double Train(Tape tape, TrainingBatch batch, int targets)
    {
        // The step's balance is the mean over its batches, each by its share of the targets.
        Balance = Weights.Balance * batch.TargetCount / targets;
        Node y = LogProbabilities(tape, batch);
        double loss = Loss(y);
        float[] gradient = [.. batch.Targets.Select(t => t == TrainingBatch.Ignored ? 0 : -1f / targets)];
        tape.Backward(y, gradient);
        Balance = 0;
        return loss;
    }

    /// <summary>sum(-ln p) without gradients.</summary>
    public double Evaluate(Tape tape, TrainingBatch batch)
    {
        bool before = tape.Gradients;
        tape.Gradients = false;
        double loss = Loss(LogProbabilities(tape, batch));
        tape.Clear();
        tape.Gradients = before;
        return loss;
    }

    /// <summary>The likeliest token after these, of equals the first.</summary>
    public int Next(Tape tape, int[] tokens)
    {
        bool before = tape.Gradients;
        tape.Gradients = false;
        Weights.Refresh(tape.Pool);
        Node states = States(tape, new TrainingBatch(tokens, [.. Enumerable.Repeat(TrainingBatch.Ignored, tokens.Length)], [0]));
        // A cap keeps the order of logits.
        int best = Output.Likeliest(tape, states.Value.Slice(states.Rows - 1, 1), Adapted);
        tape.Clear();
        tape.Gradients = before;
        return best;
    }

    static double Loss(Node logProbabilities)
    {
        double sum = 0;
        foreach (float p in logProbabilities.Value.All) sum -= p;
        return sum;
    }

    protected void CheckLength(int context, TrainingBatch batch)
    {
        int longest = batch.Positions.Max() + 1;
        if (longest > context) throw new PoiseException($"A document of {longest} tokens is longer than the {context} positions of this model; cut the samples.");
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Weights.Dispose();
}
