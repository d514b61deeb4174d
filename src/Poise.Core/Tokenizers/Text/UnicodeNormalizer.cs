using System.Text;

namespace Poise.Core.Tokenizers.Text;

/// <summary>The four Unicode normalization forms (Unicode Standard Annex 15).</summary>
static class UnicodeNormalizer
{
    public static string Normalize(string text, bool compose, bool compatible)
    {
        if (IsUnchanged(text, compose, compatible)) return text;
        NormalizationTable table = NormalizationTable.Instance;
        var points = new List<int>(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes()) table.Decompose(rune.Value, compatible, points);
        Reorder(points, table);
        if (compose) Compose(points, table);
        var output = new StringBuilder(points.Count);
        foreach (int point in points)
        {
            if (point < 0x10000) output.Append((char)point);
            else output.Append(new Rune(point).ToString());
        }
        return output.ToString();
    }

    static bool IsUnchanged(string text, bool compose, bool compatible)
    {
        // Below these nothing decomposes (ASCII) or nothing fails to compose back (Latin and the letters up to the combining marks).
        int limit = compose && !compatible ? 0x300 : 0x80;
        int first = 0;
        while (first < text.Length && text[first] < limit) first++;
        if (first == text.Length) return true;
        if (!compose || compatible) return false;
        NormalizationTable table = NormalizationTable.Instance;
        foreach (Rune rune in text.AsSpan(first).EnumerateRunes())
            if (table.IsActive(rune.Value)) return false;
        return true;
    }

    /// <summary>Sorts each run of marks by combining class, stably and in n log n time however long the run is.</summary>
    static void Reorder(List<int> points, NormalizationTable table)
    {
        for (int i = 0; i < points.Count; i++)
        {
            if (table.Combining(points[i]) == 0) continue;
            int end = i + 1;
            bool sorted = true;
            for (; end < points.Count && table.Combining(points[end]) is not 0 and var next; end++) sorted &= table.Combining(points[end - 1]) <= next;
            if (!sorted)
            {
                int[] run = [.. points.GetRange(i, end - i).OrderBy(table.Combining)];
                for (int k = 0; k < run.Length; k++) points[i + k] = run[k];
            }
            i = end;
        }
    }

    static void Compose(List<int> points, NormalizationTable table)
    {
        int starter = -1, write = 0, lastClass = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i], combining = table.Combining(point);
            bool blocked = starter < 0 || (write - 1 > starter && (lastClass >= combining || lastClass == 0));
            if (!blocked && table.Compose(points[starter], point) is >= 0 and var composed)
            {
                points[starter] = composed;
                continue;
            }
            if (combining == 0) starter = write;
            lastClass = combining;
            points[write++] = point;
        }
        points.RemoveRange(write, points.Count - write);
    }
}
