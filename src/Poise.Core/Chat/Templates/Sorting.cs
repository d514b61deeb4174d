namespace Poise.Core.Chat.Templates;

/// <summary>Stable sorting by keys, as Python's <c>sorted</c>; equal elements keep their order in reverse too.</summary>
static class Sorting
{
    public static List<T> Sort<T>(Run run, IReadOnlyList<T> items, Func<T, Value> key, bool reverse)
    {
        var keyed = new List<(Value Key, T Item)>(items.Count);
        foreach (T item in items)
        {
            run.Charge(1);
            keyed.Add((key(item), item));
        }
        // A failed comparison must come out as itself, and List.Sort would wrap it; merging is stable as well.
        (Value Key, T Item)[] sorted = [.. keyed], spare = new (Value, T)[sorted.Length];
        Merge(run, sorted, spare, 0, sorted.Length, reverse);
        return [.. sorted.Select(pair => pair.Item)];
    }

    static void Merge<T>(Run run, (Value Key, T Item)[] items, (Value Key, T Item)[] spare, int from, int to, bool reverse)
    {
        if (to - from < 2) return;
        int middle = (from + to) / 2;
        Merge(run, items, spare, from, middle, reverse);
        Merge(run, items, spare, middle, to, reverse);
        for (int at = from, left = from, right = middle; at < to; at++)
        {
            bool takeRight = left == middle || (right < to && Precedes(run, items[right].Key, items[left].Key, reverse));
            spare[at] = takeRight ? items[right++] : items[left++];
        }
        Array.Copy(spare, from, items, from, to - from);
    }

    static bool Precedes(Run run, Value a, Value b, bool reverse) =>
        reverse ? Comparison.Order(run, b, a, "<") < 0 : Comparison.Order(run, a, b, "<") < 0;
}
