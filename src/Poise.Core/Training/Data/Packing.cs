namespace Poise.Core.Training.Data;

/// <summary>Which samples share a row of at most so many tokens. Samples are known by their numbers.</summary>
public static class Packing
{
    /// <summary>
    /// First fit decreasing: the longest sample first, each into the first row that has room (of two samples of one length, the one that stands first goes first).
    /// Fills rows best, at the price of the order. In a row samples ascend, and rows ascend by their first sample.
    /// </summary>
    public static IReadOnlyList<int[]> FirstFitDecreasing(IReadOnlyList<int> lengths, int rowLength)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Count)];
        Array.Sort(order, (a, b) => lengths[a] != lengths[b] ? lengths[b].CompareTo(lengths[a]) : a.CompareTo(b));
        var rows = new List<List<int>>();
        var room = new FirstFit(lengths.Count, rowLength);
        foreach (int sample in order)
        {
            int row = room.Take(Checked(lengths[sample], rowLength));
            if (row == rows.Count) rows.Add([]);
            rows[row].Add(sample);
        }
        foreach (List<int> row in rows) row.Sort();
        return [.. rows.Select(row => row.ToArray()).OrderBy(row => row[0])];
    }

    /// <summary>Keeps an order: a row takes samples until the next one does not fit.</summary>
    public static IReadOnlyList<int[]> InOrder(IReadOnlyList<int> lengths, IReadOnlyList<int> order, int rowLength)
    {
        var rows = new List<int[]>();
        var row = new List<int>();
        int used = 0;
        foreach (int sample in order)
        {
            if (row.Count > 0 && used + Checked(lengths[sample], rowLength) > rowLength)
            {
                rows.Add([.. row]);
                row.Clear();
                used = 0;
            }
            row.Add(sample);
            used += Checked(lengths[sample], rowLength);
        }
        if (row.Count > 0) rows.Add([.. row]);
        return rows;
    }

    static int Checked(int length, int rowLength) =>
        length > 0 && length <= rowLength ? length : throw new ArgumentException($"A sample has {length} tokens and a row {rowLength}.", nameof(length));

    /// <summary>Rows by the room that they have left, as a tree of maxima: the first with enough is found in as many steps as the tree has levels.</summary>
    sealed class FirstFit
    {
        readonly int[] _most;
        readonly int _leaves;

        public FirstFit(int rows, int rowLength)
        {
            _leaves = 1;
            while (_leaves < rows) _leaves *= 2;
            _most = new int[2 * _leaves];
            Array.Fill(_most, rowLength);
        }

        public int Take(int length)
        {
            int node = 1;
            while (node < _leaves) node = _most[2 * node] >= length ? 2 * node : 2 * node + 1;
            int row = node - _leaves;
            _most[node] -= length;
            while ((node /= 2) > 0) _most[node] = Math.Max(_most[2 * node], _most[2 * node + 1]);
            return row;
        }
    }
}
