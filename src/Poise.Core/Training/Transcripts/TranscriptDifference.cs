using System.Globalization;

namespace Poise.Core.Training.Transcripts;

/// <summary>
/// The first place where two transcripts of a run differ, in the order of cause and effect: what the runs started from, then for each
/// step the data, the learning rate, the loss, the gradients, the weights and the state of the optimiser.
/// </summary>
/// <param name="Step">0 for what the runs started from.</param>
public sealed record TranscriptDifference(long Step, string Field, string Left, string Right)
{
    public override string ToString() => Step == 0 ? $"{Field}: {Left} and {Right}" : string.Create(CultureInfo.InvariantCulture, $"step {Step}, {Field}: {Left} and {Right}");

    /// <summary>Null where everything that both have is the same, from step <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static TranscriptDifference? Find(Transcript left, Transcript right, long from = 1, long to = long.MaxValue) =>
        Find(left.Header, right.Header) ?? Find(left.Entries, right.Entries, from, to);

    /// <summary>What two runs started from.</summary>
    public static TranscriptDifference? Find(TranscriptHeader left, TranscriptHeader right)
    {
        if (left.RecipeDigest != right.RecipeDigest || left.Recipe != right.Recipe) return FindInRecipe(left, right);
        if (Differ(0, "base", left.Base, right.Base) is { } model) return model;
        if (Differ(0, "tokenizer", left.Tokenizer, right.Tokenizer) is { } tokenizer) return tokenizer;
        for (int i = 0; i < Math.Max(left.Data.Count, right.Data.Count); i++)
        {
            TranscriptFile? one = left.Data.ElementAtOrDefault(i), other = right.Data.ElementAtOrDefault(i);
            if (one?.Digest != other?.Digest) return new TranscriptDifference(0, $"data {(one ?? other)!.Name}", one?.Digest ?? "nothing", other?.Digest ?? "nothing");
        }
        return Differ(0, "seed", Text(left.Seed), Text(right.Seed)) ?? Differ(0, "initial_weights", left.InitialWeights, right.InitialWeights)
            ?? Differ(0, "code", left.Code, right.Code);
    }

    /// <summary>One step as it was recorded and as it was computed again.</summary>
    public static TranscriptDifference? Find(TranscriptStep left, TranscriptStep right) =>
        Differ(left.Step, "step", Text(left.Step), Text(right.Step)) ?? Differ(left.Step, "epoch", Text(left.Epoch), Text(right.Epoch))
        ?? Differ(left.Step, "batch", left.Batch, right.Batch) ?? Differ(left.Step, "tokens", Text(left.Tokens), Text(right.Tokens))
        ?? Differ(left.Step, "learning_rate", left.LearningRate, right.LearningRate) ?? Differ(left.Step, "loss", left.Loss, right.Loss)
        ?? Differ(left.Step, "gradient_norm", left.GradientNorm, right.GradientNorm)
        ?? DifferWhereBoth(left.Step, "weights", left.Weights, right.Weights) ?? DifferWhereBoth(left.Step, "optimizer_state", left.OptimizerState, right.OptimizerState);

    /// <summary>One evaluation as it was recorded and as it was computed again.</summary>
    public static TranscriptDifference? Find(TranscriptEvaluation left, TranscriptEvaluation right) =>
        Differ(left.Step, "evaluation tokens", Text(left.Tokens), Text(right.Tokens)) ?? Differ(left.Step, "evaluation loss", left.Loss, right.Loss);

    static TranscriptDifference? Find(IReadOnlyList<TranscriptEntry> left, IReadOnlyList<TranscriptEntry> right, long from, long to)
    {
        Dictionary<(string Kind, long Step), TranscriptEntry> others = [];
        foreach (TranscriptEntry entry in right) others[(TranscriptContent.KindOf(entry), entry.Step)] = entry;
        foreach (TranscriptEntry entry in left)
        {
            if (entry.Step < from || entry.Step > to || !others.TryGetValue((TranscriptContent.KindOf(entry), entry.Step), out TranscriptEntry? other)) continue;
            TranscriptDifference? difference = (entry, other) switch
            {
                (TranscriptStep one, TranscriptStep two) => Find(one, two),
                (TranscriptEvaluation one, TranscriptEvaluation two) => Find(one, two),
                (TranscriptEnd one, TranscriptEnd two) => Differ(one.Step, "end", one.Reason, two.Reason) ?? Differ(one.Step, "final weights", one.Weights, two.Weights),
                _ => null,
            };
            if (difference is not null) return difference;
        }
        return null;
    }

    /// <summary>The first setting that differs, with its section.</summary>
    static TranscriptDifference FindInRecipe(TranscriptHeader left, TranscriptHeader right)
    {
        string[] lines = left.Recipe.Split('\n'), others = right.Recipe.Split('\n');
        string section = "recipe";
        for (int i = 0; i < Math.Min(lines.Length, others.Length); i++)
        {
            if (lines[i] != others[i]) return new TranscriptDifference(0, section, lines[i].Trim(), others[i].Trim());
            if (lines[i].EndsWith(':')) section = $"recipe, {lines[i].TrimEnd(':')}";
        }
        return new TranscriptDifference(0, "recipe", left.RecipeDigest, right.RecipeDigest);
    }

    static TranscriptDifference? Differ(long step, string field, string left, string right) => left == right ? null : new TranscriptDifference(step, field, left, right);

    static TranscriptDifference? DifferWhereBoth(long step, string field, string? left, string? right) =>
        left is null || right is null ? null : Differ(step, field, left, right);

    // To the bit: 0 and -0 differ, and a NaN is itself.
    static TranscriptDifference? Differ(long step, string field, double left, double right) =>
        BitConverter.DoubleToInt64Bits(left) == BitConverter.DoubleToInt64Bits(right) ? null : new TranscriptDifference(step, field, Text(left), Text(right));

    static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
