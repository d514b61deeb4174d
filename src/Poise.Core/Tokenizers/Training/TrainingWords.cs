namespace Poise.Core.Tokenizers.Training;

/// <summary>The distinct pieces of a text as ids, and what merging a pair in one of them does to the counts of its neighbours.</summary>
sealed class TrainingWords
{
    readonly int[] _ids;
    readonly List<Word> _words = [];
    readonly PairTable _pairs;
    // Occurrences of pieces of one id, in which there is nothing to merge.
    readonly long _alone;

    /// <param name="idOfByte">-1 for bytes outside of the alphabet: they are passed over, as if they were not in the text.</param>
    /// <param name="pairs">Gets the pairs of all words.</param>
    public TrainingWords(PieceCounts pieces, int[] idOfByte, PairTable pairs)
    {
        _pairs = pairs;
        int most = 0, used = 0;
        for (int i = 0; i < pieces.Count; i++) most = checked(most + pieces.Piece(i).Length);
        _ids = new int[most];
        for (int i = 0; i < pieces.Count; i++)
        {
            int start = used;
            foreach (byte b in pieces.Piece(i))
                if (idOfByte[b] >= 0) _ids[used++] = idOfByte[b];
            var word = new Word(start, used - start, pieces.Occurrences(i));
            if (word.Length > 1) Add(word);
            else if (word.Length == 1) _alone += word.Occurrences;
        }
    }

    /// <summary>Tokens that the text has become by now.</summary>
    public long Tokens => _alone + _words.Sum(word => word.Occurrences * word.Length);

    /// <summary>Joins a pair wherever it stands in a word, from left to right: of <c>aaa</c> the first two.</summary>
    public void Merge(int word, int pair, int merged)
    {
        Word found = _words[word];
        Span<int> ids = _ids.AsSpan(found.Start, found.Length);
        int left = _pairs.Left(pair), right = _pairs.Right(pair), kept = 0;
        for (int at = 0; at < ids.Length; at++)
        {
            if (ids[at] != left || at + 1 == ids.Length || ids[at + 1] != right)
            {
                ids[kept++] = ids[at];
                continue;
            }
            _pairs.Occurrences(pair) -= found.Occurrences;
            if (kept > 0)
            {
                Fall(ids[kept - 1], left);
                Rise(ids[kept - 1], merged);
            }
            if (++at + 1 < ids.Length)
            {
                // What follows may be the same pair again: then this neighbour falls once more, as the one before that.
                Fall(right, ids[at + 1]);
                Rise(merged, ids[at + 1]);
            }
            ids[kept++] = merged;
        }
        _words[word] = found with { Length = kept };

        void Fall(int before, int after) => _pairs.Occurrences(_pairs.FindOrAdd(before, after)) -= found.Occurrences;

        void Rise(int before, int after)
        {
            int other = _pairs.FindOrAdd(before, after);
            _pairs.Occurrences(other) += found.Occurrences;
            _pairs.Note(other, word);
        }
    }

    void Add(Word word)
    {
        for (int at = word.Start; at < word.Start + word.Length - 1; at++)
        {
            int pair = _pairs.FindOrAdd(_ids[at], _ids[at + 1]);
            _pairs.Occurrences(pair) += word.Occurrences;
            _pairs.Note(pair, _words.Count);
        }
        _words.Add(word);
    }

    readonly record struct Word(int Start, int Length, long Occurrences);
}
