namespace Poise.Core.Engine;

/// <summary>
/// How many tokens of a look-up are worth computing for one sequence. Every look-up is judged by the token that then came,
/// computed or not: it costs nothing to learn whether a text repeats itself.
/// </summary>
sealed class DraftLength
{
    // Time of a step is about this plus one for each row: of the mixtures of experts, whose rows share the fewest weights.
    // Taking every model for one drafts too little rather than too much.
    const double RowsOfAPass = 1.5;

    // Older judgements fade: a text changes.
    const double Fading = 0.93;

    // By the length of the match, up to that many tokens; then what is thought of it before anything was seen, and how firmly.
    static readonly int[] s_upTo = [2, 3, 5, 9, PromptLookup.Longest];
    static readonly double[] s_prior = [0.1, 0.2, 0.5, 0.7, 0.85];
    const double PriorWeight = 2;

    readonly double[] _right = new double[s_upTo.Length], _seen = new double[s_upTo.Length];

    /// <summary>A look-up that matched so many tokens was followed by the token that came, or not.</summary>
    public void Judge(int match, bool right)
    {
        int level = Level(match);
        _right[level] = _right[level] * Fading + (right ? 1 : 0);
        _seen[level] = _seen[level] * Fading + 1;
    }

    /// <summary>The number of tokens with which a step brings the most per time.</summary>
    /// <param name="writing">Sequences that share the step: the more there are, the less a row costs alone.</param>
    public int Best(int match, int writing, int most)
    {
        if (match == 0) return 0;
        int level = Level(match), best = 0;
        double chance = (_right[level] + s_prior[level] * PriorWeight) / (_seen[level] + PriorWeight);
        double pass = RowsOfAPass / writing, tokens = 1, power = 1, speed = 1 / (pass + 1);
        for (int count = 1; count <= most; count++)
        {
            power *= chance;
            tokens += power;
            if (tokens / (pass + 1 + count) <= speed) continue;
            (best, speed) = (count, tokens / (pass + 1 + count));
        }

        return best;
    }

    static int Level(int match) => Array.FindIndex(s_upTo, upTo => match <= upTo);
}
