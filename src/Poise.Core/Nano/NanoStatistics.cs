using Poise.Core.Chat;
using Poise.Core.Training.Data;

namespace Poise.Core.Nano;

/// <summary>What a corpus consists of, by kind of task.</summary>
sealed class NanoStatistics
{
    readonly SortedDictionary<string, Row> _rows = new(StringComparer.Ordinal);

    /// <summary>By kind, in the order of their names.</summary>
    public IReadOnlyDictionary<string, Row> Rows => _rows;

    /// <param name="format">Counts tokens; null where nobody asks for them.</param>
    public void Add(NanoSample sample, SampleFormat? format)
    {
        if (!_rows.TryGetValue(sample.Kind, out Row? row)) _rows[sample.Kind] = row = new Row();
        row.Add(sample, format?.Render(sample.Record));
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

        internal void Add(NanoSample sample, TrainingSample? tokens)
        {
            Conversations++;
            if (sample.Tongue == Language.Tongue.French) InFrench++;
            Turns += sample.Messages.Count(m => m.Role == ChatRole.User);
            _questions.Add(sample.Question);
            Tokens += tokens?.Length ?? 0;
            LossTokens += tokens?.LossTokens ?? 0;
        }
    }
}
