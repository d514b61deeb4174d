using System.Globalization;
using System.Text.RegularExpressions;
using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Nano;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tasks;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Core.Training.Data;

namespace Poise.Tests.Nano;

/// <summary>The days of the corpus: what is told, and that nothing said contradicts it.</summary>
public sealed partial class NanoDateTests(ITestOutputHelper output)
{
    const ulong Seed = 1;

    static readonly Lazy<NanoSample[]> s_samples = new(() => [.. NanoCorpus.Samples(Seed, 24_000, NanoCorpus.CopyingFirst)]);

    [Fact]
    public void AboutOneInTenHasNoneAndTheOthersAreUniform()
    {
        DateOnly[] days = [.. s_samples.Value.Where(s => s.Date is not null).Select(s => s.Date!.Value)];
        Assert.InRange(days.Length / (double)s_samples.Value.Length, 0.89, 0.91);
        Assert.All(days, day => Assert.InRange(day, new DateOnly(2024, 1, 1), new DateOnly(2035, 12, 31)));
        Assert.Contains(days, day => day == new DateOnly(2024, 1, 1));
        Assert.Contains(days, day => day == new DateOnly(2035, 12, 31));
        foreach (IGrouping<int, DateOnly> year in days.GroupBy(day => day.Year)) Assert.InRange(year.Count(), 1_640, 1_960);
        foreach (IGrouping<int, DateOnly> day in days.GroupBy(day => day.Day).Where(group => group.Key < 29)) Assert.InRange(day.Count(), 560, 860);
    }

    [Fact]
    public void TestItemsAlwaysHaveOne() =>
        Assert.All(NanoTasks.All.SelectMany(task => Enumerable.Range(0, 200).Select(i => NanoCorpus.Write(task, Seed, i, Split.HeldOut))), item => Assert.NotNull(item.Date));

    [Fact]
    public void AnswersAreLearntAfterThePromptThatTheModelIsAskedWith()
    {
        var dialect = new HarmonyDialect(BuiltInVocabulary.Harmony);
        SampleFormat format = SampleFormat.Of(BuiltInVocabulary.Harmony);
        foreach (NanoSample sample in s_samples.Value.Where(s => s.Date is not null).Take(1_200))
        {
            var request = new ChatRequest { Messages = [.. sample.Prompt], Tools = sample.Tools, Effort = sample.Effort, Now = new DateTimeOffset(sample.Date!.Value, new TimeOnly(12, 0), TimeSpan.Zero) };
            IReadOnlyList<int> prompt = dialect.Render(request);
            Assert.Equal(prompt, format.Render(sample.Record).Ids.Take(prompt.Count));
        }
    }

    [Fact]
    public void AClockShowsTheDayOfTheConversation()
    {
        int shown = 0;
        foreach (NanoSample sample in s_samples.Value.Where(s => s.Date is not null))
            foreach (ChatMessage result in sample.Messages.Where(m => m.Role == ChatRole.Tool && Year().IsMatch(m.Text)))
            {
                Assert.Contains(Days.Text(sample.Date!.Value, sample.Tongue), result.Text, StringComparison.Ordinal);
                Assert.Contains(Days.Weekday(sample.Date.Value, sample.Tongue), result.Text, StringComparison.Ordinal);
                shown++;
            }
        output.WriteLine($"{shown} clocks");
        Assert.True(shown > 500);
    }

    [Fact]
    public void WithoutAClockTheDateIsReadWhereItIsTold()
    {
        NanoSample[] without = [.. NanoCorpus.Samples(Seed, 40_000, NanoCorpus.CopyingFirst).Where(s => s.Kind == "tools" && s.Tools.Count == 0)], told = [.. without.Where(s => s.Part == "date")];
        Assert.True(told.Length > 40);
        Assert.All(told, s => Assert.Contains(Days.Text(s.Date!.Value, s.Tongue), s.Answer.Text, StringComparison.Ordinal));
        // Who is told no date says that there is no clock, and so does everybody of the time.
        string[] unknown = [.. without.Where(s => s.Part == "missing" && s.Date is not null).Select(s => s.Question)];
        Assert.DoesNotContain(unknown, question => question.Contains("date", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(without, s => s.Part == "missing" && s.Date is null && s.Question.Contains("date", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(unknown, question => question.Contains("time", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void WhoeverSaysTodayMeansTheDayThatWasTold()
    {
        int said = 0;
        foreach (NanoSample sample in s_samples.Value.Where(s => s.Kind == "reasoning" && s.Date is not null))
        {
            int at = sample.Question.IndexOf("today is ", StringComparison.OrdinalIgnoreCase);
            if (at < 0) continue;
            Assert.StartsWith(Days.Weekday(sample.Date!.Value, sample.Tongue), sample.Question[(at + "today is ".Length)..], StringComparison.Ordinal);
            said++;
        }
        Assert.True(said > 20);
    }

    [Theory]
    [InlineData("2024-02-29", "Thursday", "29 February 2024", "jeudi", "29 février 2024")]
    [InlineData("2035-12-31", "Monday", "31 December 2035", "lundi", "31 décembre 2035")]
    [InlineData("2026-08-01", "Saturday", "1 August 2026", "samedi", "1er août 2026")]
    public void DaysHaveTheirNames(string day, string english, string englishText, string french, string frenchText)
    {
        DateOnly date = DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal((english, englishText), (Days.Weekday(date, Tongue.English), Days.Text(date, Tongue.English)));
        Assert.Equal((french, frenchText), (Days.Weekday(date, Tongue.French), Days.Text(date, Tongue.French)));
    }

    [GeneratedRegex(@" 20[23]\d\b", RegexOptions.CultureInvariant)]
    private static partial Regex Year();
}
