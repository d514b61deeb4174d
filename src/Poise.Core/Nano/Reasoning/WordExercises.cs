using System.Globalization;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Reasoning;

/// <summary>Exercises with words: counting, and which day it will be.</summary>
static class WordExercises
{
    public static Exercise Count(Draft draft)
    {
        string[] words = Words(draft, draft.Random.Between(3, 9));
        draft.Bind("list", string.Join(", ", words));
        draft.Bind("numbered", Numbered(words));
        draft.Bind("n", words.Length);
        return Exercise.Of(draft, "count", Text(words.Length));
    }

    public static Exercise DayAfter(Draft draft)
    {
        // Pairs of day and distance are few; the wordings tell training from tests. Some say "today", which is the day that the model may have been told.
        int distance = draft.Random.Between(2, 9);
        string[] passed = [.. Enumerable.Range(1, distance).Select(i => Days.Weekday(draft.Day.AddDays(i), draft.Tongue))];
        draft.Bind("day1", Days.Weekday(draft.Day, draft.Tongue));
        draft.Bind("day2", passed[^1]);
        draft.Bind("n", distance);
        draft.Bind("numbered", Numbered(passed));
        return Exercise.Of(draft, "dayafter", passed[^1]);
    }

    static string[] Words(Draft draft, int count)
    {
        var words = new List<string>();
        // Beside goods colours, since those of tests are fewer than the longest list.
        while (words.Count < count)
        {
            string word = draft.Say(draft.Random.Chance(70) ? "goods" : "colour");
            if (!words.Contains(word)) words.Add(word);
        }
        return [.. words];
    }

    static string Numbered(string[] words) => string.Join(", ", words.Select((word, i) => $"{word} {Text(i + 1)}"));

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
