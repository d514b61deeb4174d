using Poise.Tensors;

namespace Poise.Core.Tokenizers.Training;

/// <summary>
/// Trains byte-level byte pair encoding. The rule: texts are cut into pieces; of all adjacent pairs of tokens in pieces, overlapping ones counted, the one that
/// occurs most often becomes a token; of equals the one with the lower left id, then with the lower right id. Its places are replaced from left to right. What spells a special token is left.
/// No step depends on threads, on the order of texts or on the machine.
/// </summary>
public static class TokenizerTrainer
{
    /// <summary>Trains on texts in memory.</summary>
    /// <exception cref="PoiseException">The options have no meaning, or there is no text.</exception>
    public static TrainedTokenizer Train(IEnumerable<string> texts, TokenizerTrainingOptions options, CancellationToken cancellation = default) =>
        Train(Batches(texts), options, null, cancellation);

    /// <param name="progress">Told about merges, how many of how many.</param>
    internal static TrainedTokenizer Train(IEnumerable<TextBatch> batches, TokenizerTrainingOptions options, Action<long, long>? progress, CancellationToken cancellation)
    {
        SplitRules rules = options.Check();
        PieceCounts pieces = new PieceCounter(rules).Count(batches, options.Threads > 0 ? options.Threads : Environment.ProcessorCount, cancellation);
        if (pieces.Count == 0) throw new PoiseException("There is no text to learn from: the files are empty.");
        var tokens = new List<string>(options.SpecialTokens);
        int[] idOfByte = Alphabet(pieces, options.AlphabetSize, tokens);
        var pairs = new PairTable();
        var words = new TrainingWords(pieces, idOfByte, pairs);
        long bytes = 0;
        for (int i = 0; i < pieces.Count; i++) bytes += pieces.Piece(i).Length * pieces.Occurrences(i);
        List<TrainedMerge> merges = new MergeLoop(options, tokens, words, pairs).Run(progress, cancellation);
        return new TrainedTokenizer(options, tokens, merges) { Pieces = pieces.Count, TextBytes = bytes, TextTokens = words.Tokens };
    }

    /// <summary>Adds the letters of the alphabet to the tokens, in ascending order of their code points, and gives the id of each byte or -1.</summary>
    static int[] Alphabet(PieceCounts pieces, int size, List<string> tokens)
    {
        long[] occurrences = new long[256];
        for (int i = 0; i < pieces.Count; i++)
            foreach (byte b in pieces.Piece(i)) occurrences[b] += pieces.Occurrences(i);
        IEnumerable<int> bytes = Enumerable.Range(0, 256);
        if (size < 256) bytes = bytes.Where(b => occurrences[b] > 0).OrderByDescending(b => occurrences[b]).ThenBy(b => ByteAlphabet.LetterOf((byte)b)).Take(size);
        int[] ids = new int[256];
        Array.Fill(ids, -1);
        foreach (int b in bytes.OrderBy(b => ByteAlphabet.LetterOf((byte)b)))
        {
            ids[b] = tokens.Count;
            tokens.Add(ByteAlphabet.LetterOf((byte)b).ToString());
        }
        return ids;
    }

    static IEnumerable<TextBatch> Batches(IEnumerable<string> texts)
    {
        var batch = new TextBatch();
        foreach (string text in texts)
        {
            batch.Add(text);
            if (batch.Bytes < TextBatch.Full) continue;
            yield return batch;
            batch = new TextBatch();
        }
        yield return batch;
    }
}
