namespace Poise.Core.Training.Reports;

/// <summary>A line of a chart. Points whose value is not finite leave a gap.</summary>
public sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>
    /// As many points as a chart can show: of each of <paramref name="columns"/> equal parts the first, the lowest, the highest
    /// and the last, so that no peak is lost.
    /// </summary>
    internal IReadOnlyList<(double X, double Y)> Thin(int columns)
    {
        if (Points.Count <= 4 * columns) return Points;
        var kept = new List<(double X, double Y)>();
        for (int column = 0; column < columns; column++)
        {
            int from = (int)((long)Points.Count * column / columns), to = (int)((long)Points.Count * (column + 1) / columns);
            int least = from, most = from;
            for (int i = from; i < to; i++)
            {
                if (!(Points[i].Y >= Points[least].Y)) least = i;
                if (!(Points[i].Y <= Points[most].Y)) most = i;
            }
            foreach (int i in new SortedSet<int> { from, least, most, to - 1 }) kept.Add(Points[i]);
        }
        return kept;
    }
}
