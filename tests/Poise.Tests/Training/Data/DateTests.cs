using System.Text;
using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Library;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Core.Training.Data;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Data;

/// <summary>The day of a conversation: who reads it, and where it is printed.</summary>
public sealed class DateTests
{
    const string Line = """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""";
    const string Template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}<e>{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    static readonly SampleFormat s_harmony = SampleFormat.Of(BuiltInVocabulary.Harmony);

    [Fact]
    public void HarmonyTellsItAsItDoesWhenAModelIsAsked()
    {
        var conversation = (ConversationRecord)Read(Dated(Line, "2031-07-04"));
        int[] sample = [.. s_harmony.Render(conversation).Ids];
        var request = new ChatRequest { Messages = [.. conversation.Messages.Take(1)], Now = new DateTimeOffset(2031, 7, 4, 23, 59, 0, TimeSpan.FromHours(-5)) };
        IReadOnlyList<int> prompt = new HarmonyDialect(BuiltInVocabulary.Harmony).Render(request);
        Assert.Equal(prompt, sample.Take(prompt.Count));
        Assert.Contains("\nCurrent date: 2031-07-04\n", BuiltInVocabulary.Harmony.Decode(sample), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutOneNothingIsTold()
    {
        string dated = Harmony(Dated(Line, "2031-07-04")), undated = Harmony(Line);
        Assert.DoesNotContain("Current date", undated, StringComparison.Ordinal);
        Assert.Equal(undated, dated.Replace("\nCurrent date: 2031-07-04", "", StringComparison.Ordinal));
        Assert.Equal(undated, Harmony(Line.Insert(1, "\"conversation_start_date\":null,")));
    }

    [Fact]
    public void TemplatesPrintIt()
    {
        Tokenizer tokenizer = SpelledTokenizer.Create(["<e>"]);
        SampleFormat format = SampleFormat.Of(tokenizer, new ChatTemplateSource("{{ strftime_now('%d %b %Y') }}: " + Template, null, "<e>"), [tokenizer.FindId("<e>")!.Value]);
        Assert.StartsWith("29 Feb 2028: [user]a<e>", tokenizer.Decode([.. format.Render(Read(Dated(Line, "2028-02-29"))).Ids]), StringComparison.Ordinal);
        Assert.StartsWith("26 Jul 2024: [user]a<e>", tokenizer.Decode([.. format.Render(Read(Line)).Ids]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]}""")]
    [InlineData("""{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}""")]
    [InlineData("""{"conversations":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""")]
    public void OtherShapesOfConversationsHaveItToo(string line) => Assert.Equal(Harmony(Dated(Line, "2026-11-22")), Harmony(Dated(line, "2026-11-22")));

    [Theory]
    [InlineData("""{"input":{"conversation_start_date":"2026-11-22","messages":[{"role":"user","content":"a"}]},"preferred_output":[{"role":"assistant","content":"b"}],"non_preferred_output":[{"role":"assistant","content":"c"}]}""")]
    [InlineData("""{"conversation_start_date":"2026-11-22","prompt":[{"role":"user","content":"a"}],"chosen":"b","rejected":"c"}""")]
    [InlineData("""{"conversation_start_date":"2026-11-22","chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}]}""")]
    public void SoHavePreferences(string line)
    {
        using JsonDocument document = JsonFields.Parse(Encoding.UTF8.GetBytes(line));
        var pair = (PreferenceRecord)DataShape.Of(document.RootElement, DataPurpose.Preferences).Read(document.RootElement);
        Assert.All((DataRecord[])[pair.Chosen, pair.Rejected], record => Assert.Equal(new DateOnly(2026, 11, 22), Assert.IsType<ConversationRecord>(record).Date));
    }

    [Theory]
    [InlineData("\"2025-3-09\"")]
    [InlineData("\"2025-02-29\"")]
    [InlineData("\"2025-13-01\"")]
    [InlineData("\"25-03-09\"")]
    [InlineData("\"09.03.2025\"")]
    [InlineData("\" 2025-03-09\"")]
    [InlineData("\"2025-03-09 \"")]
    [InlineData("\"2025-03-09T08:05:07\"")]
    [InlineData("\"2025-03-09\\u0000\"")]
    [InlineData("\"2025-03-0\\u0669\"")]
    [InlineData("\"today\"")]
    [InlineData("\"\"")]
    [InlineData("20250309")]
    public void WhatIsNoDayIsRefusedWithItsPlace(string value)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("data.jsonl");
        File.WriteAllText(path, Line + "\n" + Line.Insert(1, $"\"conversation_start_date\":{value},") + "\n");
        string message = Assert.Throws<PoiseException>(() => DatasetReader.Read([path], s_harmony)).Message;
        Assert.StartsWith($"{path}, line 2: \"conversation_start_date\" is not a", message, StringComparison.Ordinal);
    }

    static string Dated(string line, string date) => line.Insert(1, $"\"conversation_start_date\":\"{date}\",");

    static DataRecord Read(string line)
    {
        using JsonDocument document = JsonFields.Parse(Encoding.UTF8.GetBytes(line));
        return DataShape.Of(document.RootElement, DataPurpose.Samples).Read(document.RootElement);
    }

    static string Harmony(string line) => BuiltInVocabulary.Harmony.Decode([.. s_harmony.Render(Read(line)).Ids]);
}
