namespace Poise.Core.Tokenizers.Training;

/// <summary>
/// Merges the most frequent pair until there are tokens enough. The queue is lazy: counts only fall once a pair is in it, and one that has fallen
/// is put back with its count when it comes up.
/// </summary>
sealed class MergeLoop
{
    readonly TokenizerTrainingOptions _options;
    readonly List<string> _tokens;
    readonly TrainingWords _words;
    readonly PairTable _pairs;
    readonly HashSet<string> _special;
    readonly PriorityQueue<int, Rank> _queue = new(Rank.Order);

    /// <param name="tokens">Special tokens and alphabet; what is learned is added.</param>
    public MergeLoop(TokenizerTrainingOptions options, List<string> tokens, TrainingWords words, PairTable pairs)
    {
        (_options, _tokens, _words, _pairs) = (options, tokens, words, pairs);
        _special = new HashSet<string>(options.SpecialTokens, StringComparer.Ordinal);
    }

    public List<TrainedMerge> Run(Action<long, long>? progress, CancellationToken cancellation)
    {
        var merges = new List<TrainedMerge>();
        List<int> words = [];
        int first = _tokens.Count, offered = 0;
        OfferNew();
        while (_tokens.Count < _options.VocabularySize && _queue.TryDequeue(out int pair, out Rank rank))
        {
            cancellation.ThrowIfCancellationRequested();
            long occurrences = _pairs.Occurrences(pair);
            if (occurrences != rank.Occurrences)
            {
                Offer(pair);
                continue;
            }
            // Text never becomes a special token. No other token is spelled like this one: how a string is put together does not depend on what is around it.
            string whole = _tokens[_pairs.Left(pair)] + _tokens[_pairs.Right(pair)];
            if (_special.Contains(whole)) continue;
            int merged = _tokens.Count;
            _tokens.Add(whole);
            merges.Add(new TrainedMerge(_pairs.Left(pair), _pairs.Right(pair), merged, occurrences));
            _pairs.TakeWords(pair, words);
            foreach (int word in words) _words.Merge(word, pair, merged);
            OfferNew();
            progress?.Invoke(_tokens.Count - first, _options.VocabularySize - first);
        }
        return merges;

        // Only pairs with the newest token come to more places, and only while it is put in.
        void OfferNew()
        {
            for (; offered < _pairs.Count; offered++) Offer(offered);
        }
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
