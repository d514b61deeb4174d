using Poise.Core.Chat;

namespace Poise.Core.Nano;

/// <summary>What a corpus consists of, by kind of task.</summary>
sealed class NanoStatistics
{
    readonly SortedDictionary<string, Row> _rows = new(StringComparer.Ordinal);

    /// <summary>By kind, in the order of their names.</summary>
    public IReadOnlyDictionary<string, Row> Rows => _rows;

    /// <param name="tokens">Of the whole conversation, with a tokenizer; 0 where none was asked.</param>
    /// <param name="lossTokens">Those to be learnt.</param>
    public void Add(NanoSample sample, int tokens, int lossTokens)
    {
        if (!_rows.TryGetValue(sample.Kind, out Row? row)) _rows[sample.Kind] = row = new Row();
        row.Add(sample, tokens, lossTokens);
    }

    /// <summary>The conversations of a kind.</summary>
    internal sealed class Row
    {
        readonly HashSet<string> _questions = new(StringComparer.Ordinal);

        public int Conversations { get; private set; }

        public int InFrench { get; private set; }

        public int Turns { get; private set; }

        /// <summary>Different last questions, to the letter.</summary>
        public int Questions => _questions.Count;

        public long Tokens { get; private set; }

        public long LossTokens { get; private set; }

        internal void Add(NanoSample sample, int tokens, int lossTokens)
        {
            Conversations++;
            if (sample.Tongue == Language.Tongue.French) InFrench++;
            Turns += sample.Messages.Count(m => m.Role == ChatRole.User);
            _questions.Add(sample.Question);
            Tokens += tokens;
            LossTokens += lossTokens;
        }
    }
}
