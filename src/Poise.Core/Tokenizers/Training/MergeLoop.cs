namespace Poise.Core.Tokenizers.Training;

/// <summary>
/// Merges the most frequent pair until there are tokens enough. The queue is lazy: a pair whose count has fallen since is put back when it comes up,
/// one whose count has risen is put in again, and the old entry is then recognised by its count.
/// </summary>
sealed class MergeLoop
{
    readonly TokenizerTrainingOptions _options;
    readonly List<string> _tokens;
    readonly TrainingWords _words;
    readonly PairTable _pairs;
    readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    readonly HashSet<string> _special;
    readonly PriorityQueue<int, Rank> _queue = new(Rank.Order);

    /// <param name="tokens">Special tokens and alphabet; what is learned is added.</param>
    public MergeLoop(TokenizerTrainingOptions options, List<string> tokens, TrainingWords words, PairTable pairs)
    {
        (_options, _tokens, _words, _pairs) = (options, tokens, words, pairs);
        for (int id = 0; id < tokens.Count; id++) _ids.Add(tokens[id], id);
        _special = new HashSet<string>(options.SpecialTokens, StringComparer.Ordinal);
    }

    public List<TrainedMerge> Run(Action<long, long>? progress, CancellationToken cancellation)
    {
        var merges = new List<TrainedMerge>();
        List<int> words = [], risen = [];
        int first = _tokens.Count;
        for (int pair = 0; pair < _pairs.Count; pair++) Offer(pair);
        while (_tokens.Count < _options.VocabularySize && _queue.TryDequeue(out int pair, out Rank rank))
        {
            cancellation.ThrowIfCancellationRequested();
            long occurrences = _pairs.Occurrences(pair);
            if (occurrences != rank.Occurrences)
            {
                if (occurrences < rank.Occurrences) Offer(pair);
                continue;
            }
            if (IdOf(pair) is not { } merged) continue;
            merges.Add(new TrainedMerge(_pairs.Left(pair), _pairs.Right(pair), merged, occurrences));
            _pairs.TakeWords(pair, words);
            foreach (int word in words) _words.Merge(word, pair, merged, risen);
            foreach (int other in risen) Offer(other);
            risen.Clear();
            _pairs.ClearMarks();
            progress?.Invoke(_tokens.Count - first, _options.VocabularySize - first);
        }
        return merges;
    }

    /// <summary>The id that a pair becomes: a new one, or that of a token which is spelled alike. None for what spells a special token: text never becomes one.</summary>
    int? IdOf(int pair)
    {
        string whole = _tokens[_pairs.Left(pair)] + _tokens[_pairs.Right(pair)];
        if (_special.Contains(whole)) return null;
        if (_ids.TryGetValue(whole, out int known)) return known;
        _ids.Add(whole, _tokens.Count);
        _tokens.Add(whole);
        return _tokens.Count - 1;
    }

    void Offer(int pair)
    {
        long occurrences = _pairs.Occurrences(pair);
        if (occurrences > 0 && occurrences >= _options.MinimumFrequency) _queue.Enqueue(pair, new Rank(occurrences, _pairs.Key(pair)));
    }

    /// <summary>What comes first: the pair that occurs more often; of equals that of the lower ids.</summary>
    readonly record struct Rank(long Occurrences, ulong Key)
    {
        public static Comparer<Rank> Order { get; } = Comparer<Rank>.Create((a, b) =>
            a.Occurrences != b.Occurrences ? b.Occurrences.CompareTo(a.Occurrences) : a.Key.CompareTo(b.Key));
    }
}
