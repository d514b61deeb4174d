using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Poise.Core.Chat;
using Poise.Core.Nano;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tasks;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Core.Training.Data;
using Poise.Tests.Support;

namespace Poise.Tests.Nano;

/// <summary>The conversations that nano learns from.</summary>
public sealed partial class NanoCorpusTests(ITestOutputHelper output)
{
    const ulong Seed = 1;

    /// <summary>SHA-256 of the first 500 lines, and of 1,500 after the exercises in copying, of version 7 (a smaller world: fewer subjects, one answer for each). It changes with any text or draw, and then the corpus is another version.</summary>
    const string DigestOfTheFirst = "ede39ebf21eab28b994e31e251a033dac57f5e07d2ed45760302a7abc1f4e909";

    static readonly SampleFormat s_format = SampleFormat.Of(BuiltInVocabulary.Harmony);

    [Fact]
    public void TheFirstConversationsAreTheSameEverywhere()
    {
        using var stream = new MemoryStream();
        (string sha256, NanoStatistics statistics) = NanoCorpusFile.Write(stream, NanoCorpus.Samples(Seed, 500).Concat(NanoCorpus.Samples(Seed, 1500, NanoCorpus.CopyingFirst)));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(stream.ToArray())), sha256);
        Assert.Equal(2000, statistics.Rows.Values.Sum(row => row.Conversations));
        Assert.Equal(DigestOfTheFirst, sha256);
    }

    [Fact]
    public void AConversationDependsOnSeedAndNumberOnly()
    {
        NanoSample[] inOrder = [.. NanoCorpus.Samples(Seed, 60, NanoCorpus.CopyingFirst)];
        for (int i = inOrder.Length - 1; i >= 0; i--) Assert.Equal(NanoJson.Line(inOrder[i]), NanoJson.Line(NanoCorpus.Sample(Seed, NanoCorpus.CopyingFirst + i)));
        Assert.NotEqual(NanoJson.Line(inOrder[0]), NanoJson.Line(NanoCorpus.Sample(Seed + 1, NanoCorpus.CopyingFirst)));
    }

    [Fact]
    public void TrainingReadsEveryLine()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("corpus.jsonl");
        NanoSample[] samples = [.. NanoCorpus.Samples(Seed, 1500, NanoCorpus.CopyingFirst)];
        using (FileStream file = File.Create(path)) NanoCorpusFile.Write(file, samples);
        Dataset data = DatasetReader.Read([path], s_format);
        Assert.Equal(samples.Length, data.Samples.Count);
        for (int i = 0; i < samples.Length; i++)
        {
            TrainingSample direct = s_format.Render(samples[i].Record);
            Assert.Equal(direct.Ids, data.Samples[i].Ids);
            Assert.Equal(direct.Labels, data.Samples[i].Labels);
        }
        Assert.All(data.Samples, sample => Assert.Equal(0, sample.SilentAnswers));
        Assert.All(data.Samples, sample => Assert.True(sample.LossTokens > 0));
        output.WriteLine($"{data.Samples.Average(s => s.Length):0} tokens each, the longest {data.Samples.Max(s => s.Length)}");
        Assert.InRange(data.Samples.Max(sample => sample.Length), 100, 960);
    }

    [Fact]
    public void EveryAnswerPassesItsOwnCheck()
    {
        var wrong = from sample in NanoCorpus.Samples(Seed, 6000, NanoCorpus.CopyingFirst)
                    let fault = sample.Check.Fault(sample.Answer)
                    where fault is not null
                    select $"{sample.Kind}: {sample.Question} -> {sample.Answer.Text}: {fault}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void TextsAreWellFormed()
    {
        var wrong = from sample in NanoCorpus.Samples(Seed, 12000, NanoCorpus.CopyingFirst).Concat(NanoExam.All(Seed))
                    from message in sample.Messages
                    // What is copied means nothing, and its sentences need not be good ones.
                    where message.Role is not ChatRole.Tool && sample.Kind != "copying"
                    from text in (string[])[message.Text, message.Reasoning ?? ""]
                    let fault = FaultOf(text, sample)
                    where fault is not null
                    select $"{sample.Kind}: {fault}: {text}";
        Assert.Empty(wrong.Take(20));
    }

    static string? FaultOf(string text, NanoSample sample)
    {
        if (text.IndexOfAny(['{', '}']) >= 0) return "a slot was left";
        if (text.Contains("  ", StringComparison.Ordinal)) return "two blanks";
        if (Doubled().Match(text) is { Success: true, Value: var twice }) return $"\"{twice}\" is there twice";
        if (sample.Tongue == Tongue.English && WrongArticle().Match(text) is { Success: true, Value: var article }) return $"the article of \"{article}\"";
        if (sample.Tongue == Tongue.French && WrongElision().Match(text) is { Success: true, Value: var elision }) return $"the elision of \"{elision}\"";
        return text.Contains(" ,", StringComparison.Ordinal) || text.Contains("..", StringComparison.Ordinal) ? "the punctuation" : null;
    }

    [Fact]
    public void TheMixtureIsAsItsWeightsSay()
    {
        NanoSample[] samples = [.. NanoCorpus.Samples(Seed, 8000, NanoCorpus.CopyingFirst)];
        int weights = NanoTasks.All.Sum(task => task.Weight);
        foreach (NanoTask task in NanoTasks.All)
        {
            double share = samples.Count(s => s.Kind == task.Kind) / (double)samples.Length;
            Assert.InRange(share, 0.8 * task.Weight / weights, 1.2 * task.Weight / weights);
            double french = samples.Count(s => s.Kind == task.Kind && s.Tongue == Tongue.French) / (double)samples.Count(s => s.Kind == task.Kind);
            Assert.InRange(french, 0.8 * task.FrenchShare / 100, 1.2 * task.FrenchShare / 100);
        }
    }

    [Fact]
    public void MoreEffortIsMoreReasoning()
    {
        NanoSample[] samples = [.. NanoCorpus.Samples(Seed, 6000, NanoCorpus.CopyingFirst).Where(s => s.Kind == "reasoning")];
        double Length(ReasoningEffort effort) => samples.Where(s => s.Effort == effort).Average(s => s.Answer.Reasoning?.Length ?? 0);
        Assert.Equal(0, Length(ReasoningEffort.Low));
        Assert.True(Length(ReasoningEffort.High) > 2 * Length(ReasoningEffort.Medium));
        Assert.All(NanoCorpus.Samples(Seed, 3000, NanoCorpus.CopyingFirst).Where(s => s.Effort == ReasoningEffort.Low), s => Assert.All(s.Messages, m => Assert.Null(m.Reasoning)));
    }

    [Fact]
    public void CallsAreOfDeclaredTools()
    {
        NanoSample[] samples = [.. NanoCorpus.Samples(Seed, 6000, NanoCorpus.CopyingFirst).Where(s => s.Messages.Any(m => m.ToolCalls.Count > 0))];
        Assert.True(samples.Length > 500);
        foreach (NanoSample sample in samples)
            foreach (ToolCall call in sample.Messages.SelectMany(m => m.ToolCalls))
            {
                ToolDefinition tool = sample.Tools.Single(t => t.Name == call.Name);
                using var arguments = System.Text.Json.JsonDocument.Parse(call.Arguments);
                Assert.All(arguments.RootElement.EnumerateObject(), a => Assert.True(tool.Parameters!.Value.GetProperty("properties").TryGetProperty(a.Name, out _)));
            }
    }

    [Fact]
    public void ItBeginsWithDrillsInCopyingThatFadeOut()
    {
        double Copied(int from) => NanoCorpus.Samples(Seed, 500, from).Count(sample => sample.Kind == "copying") / 500.0;
        Assert.InRange(Copied(0), 0.85, 0.96);
        Assert.InRange(Copied(NanoCorpus.CopyingFirst / 2), 0.4, 0.6);
        Assert.InRange(Copied(NanoCorpus.CopyingFirst), 0.05, 0.15);
    }

    [Fact]
    public void WhatIsCopiedStandsInTheQuestion()
    {
        NanoSample[] samples = [.. NanoCorpus.Samples(Seed, 2000).Where(sample => sample.Kind == "copying")];
        Assert.InRange(samples.Count(s => s.Check == DocumentTask.Unknown), 5, 200);
        Assert.InRange(samples.Count(s => s.Answer.Text.EndsWith("[2].", StringComparison.Ordinal)), 30, 400);
        Assert.All(samples, sample => Assert.Null(sample.Check.Fault(sample.Answer)));
        Assert.All(samples.Where(s => s.Check != DocumentTask.Unknown), sample =>
        {
            string copied = ((PhraseCheck)sample.Check).Needed[0][0];
            Assert.Contains(sample.Messages, message => message.Role == ChatRole.User && message.Text.Contains(copied, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void LinesAreJsonInUtf8()
    {
        foreach (NanoSample sample in NanoCorpus.Samples(Seed, 300, NanoCorpus.CopyingFirst))
        {
            string line = Encoding.UTF8.GetString(NanoJson.Line(sample));
            Assert.EndsWith("\n", line, StringComparison.Ordinal);
            Assert.DoesNotContain("\\u00", line, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"\b(the|a|an|of|to|is|in|for|le|la|les|un|une|de|du|à|chez|est) \1\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Doubled();

    [GeneratedRegex(@"\b[aA] [aeio][a-z]{2,}|\b[aA]n [bcdfgjklmnpqrstvwxz][a-z]{2,}", RegexOptions.CultureInvariant)]
    private static partial Regex WrongArticle();

    [GeneratedRegex(@"(?<!-)\b(de|que|je|ne|se) [aeiouéèêàâ]|\bà les? \w", RegexOptions.CultureInvariant)]
    private static partial Regex WrongElision();
}
