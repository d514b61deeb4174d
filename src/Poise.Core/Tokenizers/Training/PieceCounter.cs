using System.Text;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers.Training;

/// <summary>Cuts texts into pieces as the finished tokenizer will, and counts them: on several threads, each with a table of its own.</summary>
sealed class PieceCounter(SplitRules rules)
{
    readonly SplitStep[] _steps = rules.Steps();
    readonly TextNormalizer? _normalizer = rules.Compose ? TextNormalizer.Form(compose: true, compatible: false) : null;

    /// <summary>Counts the pieces of all texts. Sums do not depend on who added them, so the result is the same for any number of threads.</summary>
    /// <param name="batches">Enumerated by one thread at a time.</param>
    public PieceCounts Count(IEnumerable<TextBatch> batches, int threads, CancellationToken cancellation)
    {
        using IEnumerator<TextBatch> next = batches.GetEnumerator();
        bool ended = false;
        Task<PieceCounts>[] workers = [.. Enumerable.Range(0, threads).Select(_ => Task.Run(Work, CancellationToken.None))];
        // The enumerator is in use until the last of them has ended.
        Task.WhenAll(workers).GetAwaiter().GetResult();
        PieceCounts all = workers[0].Result;
        foreach (Task<PieceCounts> other in workers[1..]) all.Add(other.Result);
        return all;

        PieceCounts Work()
        {
            var counts = new PieceCounts();
            while (Take() is { } batch)
                for (int i = 0; i < batch.Count; i++) Count(batch[i], counts);
            return counts;
        }

        TextBatch? Take()
        {
            lock (next)
            {
                if (ended) return null;
                // What fails in one thread ends the others.
                ended = true;
                cancellation.ThrowIfCancellationRequested();
                if (!next.MoveNext()) return null;
                ended = false;
                return next.Current;
            }
        }
    }

    /// <summary>Counts the pieces of one text.</summary>
    public void Count(ReadOnlySpan<byte> text, PieceCounts counts)
    {
        if (_normalizer is not null && !Ascii.IsValid(text)) text = Encoding.UTF8.GetBytes(_normalizer.Apply(Encoding.UTF8.GetString(text), begins: true));
        Split(text, 0, counts);
    }

    void Split(ReadOnlySpan<byte> text, int step, PieceCounts counts)
    {
        SplitStep.Pieces pieces = _steps[step].Split(text);
        while (pieces.Next(out int start, out int end))
        {
            if (step == _steps.Length - 1) counts.Add(text[start..end]);
            else Split(text[start..end], step + 1, counts);
        }
    }
}
