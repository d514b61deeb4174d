using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>A prompt with an answer that is wanted and one that is not. Both samples begin with the prompt, which carries no loss.</summary>
public sealed class PreferencePair
{
    /// <exception cref="PoiseException">The two do not answer the same prompt, or an answer has nothing to learn from.</exception>
    public PreferencePair(TrainingSample chosen, TrainingSample rejected)
    {
        Chosen = chosen;
        Rejected = rejected;
        PromptLength = FirstLoss(chosen, "preferred");
        if (FirstLoss(rejected, "rejected") != PromptLength || !chosen.Ids.Take(PromptLength).SequenceEqual(rejected.Ids.Take(PromptLength)))
            throw new PoiseException("the preferred and the rejected answer do not follow the same prompt");
        if (chosen.Ids.SequenceEqual(rejected.Ids)) throw new PoiseException("the preferred and the rejected answer are the same");
    }

    /// <summary>Prompt and wanted answer.</summary>
    public TrainingSample Chosen { get; }

    /// <summary>Prompt and unwanted answer.</summary>
    public TrainingSample Rejected { get; }

    /// <summary>Tokens of the prompt: those before the first one that carries loss.</summary>
    public int PromptLength { get; }

    public IEnumerable<int> PromptIds => Chosen.Ids.Take(PromptLength);

    public IEnumerable<int> ChosenIds => Chosen.Ids.Skip(PromptLength);

    public IEnumerable<int> RejectedIds => Rejected.Ids.Skip(PromptLength);

    public DataPlace Place => Chosen.Place;

    static int FirstLoss(TrainingSample sample, string which)
    {
        for (int i = 0; i < sample.Length; i++)
            if (sample.Labels[i] != TrainingSample.NoLoss) return i;
        throw new PoiseException($"no token of the {which} answer carries loss");
    }
}
