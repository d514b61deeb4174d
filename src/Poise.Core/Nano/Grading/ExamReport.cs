using Poise.Core.Chat;

namespace Poise.Core.Nano.Grading;

/// <summary>An answer that was wrong, and why.</summary>
sealed record WrongAnswer(NanoSample Item, ChatMessage Answer, string Fault);

/// <summary>The result of an exam, by task and part of a task.</summary>
sealed class ExamReport
{
    readonly SortedDictionary<(string Kind, string Part), Row> _rows = [];
    readonly List<WrongAnswer> _wrong = [];

    /// <summary>Every wrong answer, in the order of asking.</summary>
    public IReadOnlyList<WrongAnswer> Wrong => _wrong;

    /// <summary>By kind, with the parts that a task has.</summary>
    public IEnumerable<(string Kind, string Part, Row Result)> Parts => _rows.Select(row => (row.Key.Kind, row.Key.Part, row.Value));

    /// <summary>By kind.</summary>
    public IEnumerable<(string Kind, Row Result)> Kinds => _rows.GroupBy(row => row.Key.Kind, StringComparer.Ordinal).Select(rows => (rows.Key, Row.Sum(rows.Select(row => row.Value))));

    public void Add(NanoSample item, ChatMessage answer, string? fault)
    {
        (string, string) key = (item.Kind, item.Part);
        if (!_rows.TryGetValue(key, out Row? row)) _rows[key] = row = new Row();
        row.Add(fault is null, answer.Reasoning?.Length ?? 0);
        if (fault is not null) _wrong.Add(new WrongAnswer(item, answer, fault));
    }

    /// <summary>How many answers were right.</summary>
    internal sealed class Row
    {
        public int Right { get; private set; }

        public int All { get; private set; }

        /// <summary>Characters of reasoning, of all answers together.</summary>
        public long Reasoning { get; private set; }

        public WilsonInterval Interval => WilsonInterval.Of(Right, All);

        internal void Add(bool right, int reasoning)
        {
            All++;
            if (right) Right++;
            Reasoning += reasoning;
        }

        internal static Row Sum(IEnumerable<Row> rows)
        {
            var sum = new Row();
            foreach (Row row in rows) (sum.Right, sum.All, sum.Reasoning) = (sum.Right + row.Right, sum.All + row.All, sum.Reasoning + row.Reasoning);
            return sum;
        }
    }
}
