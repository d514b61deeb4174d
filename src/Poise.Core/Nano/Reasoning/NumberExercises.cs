using System.Globalization;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Reasoning;

/// <summary>Exercises with numbers: comparing, the largest and the smallest, sums in two steps, rows that go on.</summary>
static class NumberExercises
{
    public static Exercise Compare(Draft draft, bool larger)
    {
        (int a, int b) = Holdout.Draw(draft.Split, () => Pair(draft), pair => $"{pair.A},{pair.B}");
        string big = Text(Math.Max(a, b)), little = Text(Math.Min(a, b));
        draft.Bind("a", a);
        draft.Bind("b", b);
        draft.Bind("big", big);
        draft.Bind("little", little);
        draft.Bind("less", "<");
        int different = big.Length == little.Length ? Enumerable.Range(0, big.Length).First(i => big[i] != little[i]) : 0;
        draft.Bind("d1", big[different].ToString());
        draft.Bind("d2", little[different].ToString());
        draft.Bind("why", draft.Say(big.Length == little.Length ? "why.first" : "why.digits"));
        return Exercise.Of(draft, larger ? "larger" : "smaller", larger ? big : little);
    }

    public static Exercise Extreme(Draft draft, bool largest)
    {
        int[] numbers = Numbers(draft, draft.Random.Between(3, 6));
        int one = largest ? numbers.Max() : numbers.Min(), kept = numbers[0];
        draft.Bind("list", Listed(numbers));
        draft.Bind("chain", string.Join(largest ? " > " : " < ", (largest ? numbers.OrderDescending() : numbers.Order()).Select(Text)));
        var walk = new List<string>();
        foreach (int item in numbers)
        {
            kept = largest ? Math.Max(kept, item) : Math.Min(kept, item);
            draft.Bind("item", item);
            draft.Bind("kept", kept);
            walk.Add(draft.Say("walk.step"));
        }
        draft.Bind("walk", string.Join(' ', walk));
        draft.Bind("one", one);
        return Exercise.Of(draft, largest ? "most" : "least", Text(one));
    }

    public static Exercise TwoSteps(Draft draft)
    {
        (int a, int b, int c) = Holdout.Draw(draft.Split, () => Sum(draft), t => $"{t.A}+{t.B}-{t.C}");
        BindPeople(draft);
        draft.Bind("a", a);
        draft.Bind("b", b);
        draft.Bind("c", c);
        draft.Bind("sum", a + b);
        draft.Bind("n", a + b - c);
        return Exercise.Of(draft, "twostep", Text(a + b - c));
    }

    public static Exercise Next(Draft draft)
    {
        (int start, int step) = Holdout.Draw(draft.Split, () => (Start: draft.Random.Between(1, 40), Step: draft.Random.Between(2, 12)), t => $"{t.Start},+{t.Step}");
        int[] row = [.. Enumerable.Range(0, draft.Random.Between(3, 5)).Select(i => start + i * step)];
        draft.Bind("list", Listed(row));
        draft.Bind("step", step);
        var steps = new List<string>();
        for (int i = 1; i < row.Length; i++)
        {
            draft.Bind("from", row[i - 1]);
            draft.Bind("to", row[i]);
            steps.Add(draft.Say("next.step"));
        }
        draft.Bind("steps", string.Join(' ', steps));
        draft.Bind("last", row[^1]);
        draft.Bind("n", row[^1] + step);
        return Exercise.Of(draft, "next", Text(row[^1] + step));
    }

    static (int A, int B, int C) Sum(Draft draft)
    {
        int a = draft.Random.Between(3, 30), b = draft.Random.Between(2, 20);
        return (a, b, draft.Random.Between(1, Math.Min(20, a + b - 1)));
    }

    static (int A, int B) Pair(Draft draft)
    {
        int most = draft.Random.Pick([99, 999, 9999]);
        int a = draft.Random.Between(2, most), b = draft.Random.Between(2, most);
        return (a, a == b ? b + 1 : b);
    }

    static int[] Numbers(Draft draft, int count) =>
        Holdout.Draw(draft.Split, () => draft.Random.Shuffle(Enumerable.Range(2, 98))[..count], Listed);

    static void BindPeople(Draft draft)
    {
        draft.Bind("p", draft.Say("person"));
        do draft.Bind("q", draft.Say("person"));
        while (draft.Bound["q"] == draft.Bound["p"]);
        draft.Bind("g", draft.Say("goods"));
    }

    static string Listed(IEnumerable<int> numbers) => string.Join(", ", numbers.Select(Text));

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
