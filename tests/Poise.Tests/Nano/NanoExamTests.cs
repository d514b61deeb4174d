using System.Text;
using Poise.Core.Chat;
using Poise.Core.Nano;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tasks;

namespace Poise.Tests.Nano;

/// <summary>The held-out questions: enough of them, none in the corpus, and graded as they should be.</summary>
public sealed class NanoExamTests(ITestOutputHelper output)
{
    const ulong Seed = 1;

    static readonly Lazy<IReadOnlyDictionary<string, IReadOnlyList<NanoSample>>> s_items =
        new(() => NanoTasks.All.ToDictionary(t => t.Kind, t => NanoExam.Items(t.Kind, Seed), StringComparer.Ordinal));

    public static TheoryData<string> Kinds => [.. NanoTasks.All.Select(t => t.Kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ThereAreEnoughAndTheirAnswersAreRight(string kind)
    {
        IReadOnlyList<NanoSample> items = s_items.Value[kind];
        Assert.True(items.Count >= 500);
        Assert.Equal(items.Count, items.Select(i => string.Join('\n', i.Prompt.Select(m => m.Text))).Distinct().Count());
        Assert.All(items, item => Assert.Null(item.Check.Fault(item.Answer)));
        Assert.All(items, item => Assert.Contains(item.Prompt, m => m.Role == ChatRole.User));
    }

    [Fact]
    public void NoHeldOutQuestionIsInTheCorpus()
    {
        var learnt = new HashSet<string>(StringComparer.Ordinal);
        foreach (NanoSample sample in NanoCorpus.Samples(Seed, NanoCorpus.UsualCount))
            foreach (ChatMessage message in sample.Messages.Where(m => m.Role == ChatRole.User)) learnt.Add(Plain(message.Text));
        var found = s_items.Value.Values.SelectMany(items => items).Where(item => learnt.Contains(Plain(item.Question))).Select(item => $"{item.Kind}: {item.Question}").ToList();
        output.WriteLine($"{learnt.Count:N0} questions are learnt, {s_items.Value.Values.Sum(items => items.Count):N0} are held out");
        Assert.Empty(found);
    }

    [Fact]
    public void NoHeldOutDocumentIsInTheCorpus()
    {
        IEnumerable<string> Documents(IEnumerable<NanoSample> samples) =>
            from sample in samples
            from message in sample.Prompt
            from line in message.Text.Split('\n')
            let start = line.IndexOf("] ", StringComparison.Ordinal)
            where start >= 0 || line.StartsWith('[')
            select line[(line.IndexOf(']', StringComparison.Ordinal) + 1)..].Trim(':', ' ');
        HashSet<string> learnt = [.. Documents(NanoCorpus.Samples(Seed, 40_000, NanoCorpus.CopyingFirst).Where(s => s.Kind == "documents"))];
        string[] held = [.. Documents(s_items.Value["documents"])];
        Assert.True(learnt.Count > 5000 && held.Length > 500);
        Assert.DoesNotContain(held, learnt.Contains);
    }

    [Fact]
    public void SumsOfTestsAreInNoTrainingCall()
    {
        HashSet<string> learnt = [.. from sample in NanoCorpus.Samples(Seed, 40_000, NanoCorpus.CopyingFirst) from message in sample.Messages from call in message.ToolCalls where call.Arguments.Contains("expression", StringComparison.Ordinal) select call.Arguments];
        string[] held = [.. from item in s_items.Value["tools"] from message in item.Messages from call in message.ToolCalls where call.Arguments.Contains("expression", StringComparison.Ordinal) select call.Arguments];
        Assert.True(held.Length > 200);
        Assert.DoesNotContain(held, learnt.Contains);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AnswersToOtherQuestionsAreWrong(string kind)
    {
        IReadOnlyList<NanoSample> items = s_items.Value[kind];
        int strict = 0, passed = 0;
        for (int i = 0; i < items.Count; i++)
        {
            NanoSample item = items[i], other = items[(i + 37) % items.Count];
            Assert.NotNull(item.Check.Fault(ChatMessage.Of(ChatRole.Assistant, "")));
            if (item.Part == "neighbours" || item.Answer.Text == other.Answer.Text && item.Answer.ToolCalls.Count == 0) continue;
            strict++;
            if (item.Check.Fault(other.Answer) is null) passed++;
        }
        output.WriteLine($"{passed} of {strict} answers to other questions pass");
        // Questions of one kind may share their key (two that are refused, two that are outside).
        if (kind is not ("refusals" or "outside")) Assert.InRange(passed, 0, strict / 8);
    }

    [Fact]
    public void RefusalsAreToldFromAnswers()
    {
        ChatMessage refusal = ChatMessage.Of(ChatRole.Assistant, "I can't help with that, because it could hurt somebody."), answer = ChatMessage.Of(ChatRole.Assistant, "Take dry wood.");
        foreach (NanoSample item in s_items.Value["refusals"])
        {
            Assert.Equal(item.Part == "harmful", item.Check.Fault(refusal) is null);
            Assert.Equal(item.Part == "neighbours", item.Check.Fault(answer) is null);
        }
        Assert.True(s_items.Value["refusals"].Count(i => i.Part == "harmful") >= 200);
        Assert.True(s_items.Value["refusals"].Count(i => i.Part == "neighbours") >= 200);
    }

    [Theory]
    [InlineData("calculator", """{"expression": "12*7"}""", true)]
    [InlineData("calculator", """{"expression":"12 * 7"}""", true)]
    [InlineData("calculator", """{"expression":"12 * 8"}""", false)]
    [InlineData("calculator", """{"formula":"12 * 7"}""", false)]
    [InlineData("calculator", """{"expression":"12 * 7","more":1}""", false)]
    [InlineData("clock", """{"expression":"12 * 7"}""", false)]
    [InlineData("calculator", """{"expression":"12 * 7""", false)]
    public void ACallHasToBeExact(string name, string arguments, bool right)
    {
        var check = new ToolCallCheck("calculator", """{"expression":"12 * 7"}""");
        ChatMessage answer = new() { Role = ChatRole.Assistant, ToolCalls = [new ToolCall("0", name, arguments)] };
        Assert.Equal(right, check.Fault(answer) is null);
        Assert.NotNull(check.Fault(ChatMessage.Of(ChatRole.Assistant, "84")));
    }

    [Theory]
    [InlineData("It costs 45 euros [1].", true)]
    [InlineData("It costs 145 euros [1].", false)]
    [InlineData("It costs 45.5 euros [1].", false)]
    [InlineData("It costs 45 euros [2].", false)]
    [InlineData("It costs 45 euros [1]. <|end|>", false)]
    [InlineData("", false)]
    public void NumbersAreWhole(string text, bool right) => Assert.Equal(right, PhraseCheck.Of("45 euros", "[1]").Fault(ChatMessage.Of(ChatRole.Assistant, text)) is null && PhraseCheck.Of("45", "[1]").Fault(ChatMessage.Of(ChatRole.Assistant, text)) is null);

    [Fact]
    public void AStoryHasSentencesAndAnEnd()
    {
        var check = new StoryCheck(["fox", "lantern"]);
        const string Good = "Once there was a fox. It found a lantern. They were happy.";
        Assert.Null(check.Fault(ChatMessage.Of(ChatRole.Assistant, Good)));
        Assert.NotNull(check.Fault(ChatMessage.Of(ChatRole.Assistant, Good[..^1])));
        Assert.NotNull(check.Fault(ChatMessage.Of(ChatRole.Assistant, "A fox and a lantern.")));
        Assert.NotNull(check.Fault(ChatMessage.Of(ChatRole.Assistant, Good.Replace("fox", "cat", StringComparison.Ordinal))));
        Assert.NotNull(check.Fault(ChatMessage.Of(ChatRole.Assistant, string.Join(' ', Enumerable.Repeat("The fox saw a lantern.", 6)))));
    }

    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void IntervalsAreWilsons(int right, int all, double lower, double upper)
    {
        var interval = WilsonInterval.Of(right, all);
        Assert.Equal(lower, interval.Lower, 0.00005);
        Assert.Equal(upper, interval.Upper, 0.00005);
        Assert.Equal((double)right / all, interval.Share);
    }

    [Fact]
    public async Task AnExamIsGradedByTaskAndPart()
    {
        NanoSample[] items = [.. s_items.Value["refusals"].Take(100), .. s_items.Value["talk"].Take(50)];
        ExamReport report = await NanoExam.GradeAsync(items, (item, _) => Task.FromResult(new GivenAnswer(item.Part == "harmful" ? ChatMessage.Of(ChatRole.Assistant, "no idea") : item.Answer)), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["refusals", "talk"], report.Kinds.Select(row => row.Kind));
        Assert.Equal(50, report.Kinds.Last().Score.Right);
        Assert.Equal(0, report.Parts.First().Score.Right);
        Assert.Equal(100, report.Parts.Where(row => row.Kind == "refusals").Sum(row => row.Score.All));
        Assert.Equal(items.Count(i => i.Part == "harmful"), report.Wrong.Count);
    }

    // As a person would compare: letters and digits only.
    static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (char c in text)
            if (char.IsLetterOrDigit(c) || c is '+' or '-' or '*' or '/') plain.Append(char.ToLowerInvariant(c));
        return plain.ToString();
    }
}
