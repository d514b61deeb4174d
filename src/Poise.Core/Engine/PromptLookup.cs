using System.Runtime.InteropServices;

namespace Poise.Core.Engine;

/// <summary>
/// Where the last tokens of one sequence stood before in it: what followed there may follow again. Of the latest places
/// with the same last two tokens, the one with the most equal tokens before it counts, the later of equal ones.
/// </summary>
/// <remarks>Some 30 bytes a token, a small part of what the KV cache takes. Finding costs the same however long the sequence is.</remarks>
/// <param name="tokens">Those of the sequence: they are read here, and only ever grow.</param>
sealed class PromptLookup(List<int> tokens)
{
    /// <summary>The longest match that is told from shorter ones.</summary>
    public const int Longest = 16;

    /// <summary>Places looked at: a text of few tokens has many, and the next one must not take longer for it.</summary>
    public const int Places = 16;

    // For each pair of tokens the index after its last occurrence, and for each index that of the pair's occurrence before; 0: none.
    readonly Dictionary<(int, int), int> _last = [];
    readonly List<int> _before = [0];
    int _next;

    /// <summary>Equal tokens before the place that was found, 2 to <see cref="Longest"/>; 0 when there is none.</summary>
    public int Match { get; private set; }

    /// <summary>The token that followed there.</summary>
    public int Next => Match > 0 ? tokens[_next] : throw new InvalidOperationException("Nothing was found.");

    /// <summary>Takes in the tokens that are new, and looks for the last ones.</summary>
    public void Update()
    {
        for (int end = _before.Count; end <= tokens.Count; end++)
        {
            if (end < 2)
            {
                _before.Add(0);
                continue;
            }

            ref int last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, (tokens[end - 2], tokens[end - 1]), out _);
            _before.Add(last);
            last = end;
        }

        Match = 0;
        for (int place = _before[tokens.Count], seen = 0; place > 0 && seen < Places && Match < Longest; place = _before[place], seen++)
        {
            int length = MatchAt(place);
            if (length > Match) (Match, _next) = (length, place);
        }
    }

    /// <summary>The <paramref name="count"/> tokens that followed; what repeats itself up to the end goes on repeating.</summary>
    public int[] Follow(int count)
    {
        if (Match == 0) return [];
        int[] draft = new int[count];
        for (int i = 0; i < count; i++)
        {
            int from = _next + i;
            draft[i] = from < tokens.Count ? tokens[from] : draft[from - tokens.Count];
        }

        return draft;
    }

    int MatchAt(int place)
    {
        int length = 2;
        while (length < Longest && length < place && tokens[place - 1 - length] == tokens[^(1 + length)]) length++;
        return length;
    }
}
