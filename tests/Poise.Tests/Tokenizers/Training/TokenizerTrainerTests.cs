using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.Training;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers.Training;

/// <summary>The trainer against the library `tokenizers`, and against the rule written out.</summary>
public sealed class TokenizerTrainerTests(ITestOutputHelper output)
{
    [Fact]
    public void ShakespeareGivesTheGoldenMerges() =>
        CheckGolden(0, File.ReadAllText(Shared.Get("data", "text", "tinyshakespeare", "input.txt")));

    [Fact]
    public void ItsBeginningGivesTheGoldenMerges() => CheckGolden(1, File.ReadAllText(Shared.Golden("tokenizers", "shakespeare.txt")));

    [Fact]
    public void TextsInManyScriptsGiveTheGoldenMerges() => CheckGolden(2, ManyScripts());

    [Theory]
    [InlineData(3, 8)]
    [InlineData(12, 3)]
    [InlineData(300, 2)]
    public void RandomTextsGiveWhatTheRuleSays(int letters, int length)
    {
        var random = new Random(letters);
        int merges = 0;
        for (int round = 0; round < 60; round++)
        {
            string text = RandomText(random, letters, length);
            int alphabet = random.Next(4) == 0 ? random.Next(1, 12) : 256;
            string[] special = [.. ((string[])["<|a|>", "aa", "ab", "ba"]).Where(_ => random.Next(3) == 0)];
            var options = new TokenizerTrainingOptions
            {
                VocabularySize = alphabet + special.Length + random.Next(60),
                SpecialTokens = special,
                Split = "gpt2",
                MinimumFrequency = random.Next(4),
                AlphabetSize = alphabet,
                Threads = 1 + random.Next(3),
            };
            (List<string> tokens, List<TrainedMerge> expected) = NaiveTrainer.Train(NaiveTrainer.Pieces(text), options);
            TrainedTokenizer trained = TokenizerTrainer.Train([text], options, TestContext.Current.CancellationToken);
            Assert.Equal(expected, trained.Merges);
            Assert.Equal(tokens, trained.Tokens);
            merges += expected.Count;
            Assert.Equal(tokens.Count, tokens.Distinct().Count());
        }
        output.WriteLine($"{merges} merges");
        Assert.True(merges > 500);
    }

    [Fact]
    public void TiesGoToTheLowerIds()
    {
        TrainedTokenizer trained = Train(["ba ca", "zz"], 256 + 4, "gpt2");
        // Each pair occurs once; "Ġ" has a higher id than the letters of ASCII, and what is learned has higher ones.
        Assert.Equal([("b", "a"), ("c", "a"), ("z", "z"), ("Ġ", "ca")], trained.Merges.Select(merge => (trained.Tokens[merge.Left], trained.Tokens[merge.Right])));
    }

    [Fact]
    public void OverlappingPairsAreCountedAndReplacedFromTheLeft()
    {
        TrainedTokenizer trained = Train(["aaaaa"], 256 + 9, "gpt2");
        Assert.Equal([("aa", 4L), ("aaa", 1L), ("aaaaa", 1L)], trained.Merges.Select(merge => (trained.Tokens[merge.Id], merge.Occurrences)));
        Assert.Equal(1, trained.TextTokens);
        Assert.Equal(256 + 3, trained.Tokens.Count);
    }

    [Fact]
    public void PairsThatAreTooRareAreLeft()
    {
        TrainedTokenizer trained = TokenizerTrainer.Train(["abab ab xy"], new TokenizerTrainingOptions { VocabularySize = 300, Split = "gpt2", MinimumFrequency = 2 }, TestContext.Current.CancellationToken);
        Assert.Equal(["ab"], trained.Merges.Select(merge => trained.Tokens[merge.Id]));
    }

    [Fact]
    public void AVocabularyOfTheBytesAloneHasNoMerges()
    {
        TrainedTokenizer trained = Train(["abab"], 256, "o200k");
        Assert.Empty(trained.Merges);
        Assert.Equal(Enumerable.Range(0, 324).Where(c => ByteAlphabet.ByteOf(c) >= 0).Select(c => ((char)c).ToString()), trained.Tokens);
    }

    [Fact]
    public void SpecialTokensComeFirstAndAreNeverLearned()
    {
        var options = new TokenizerTrainingOptions { VocabularySize = 2 + 256 + 20, SpecialTokens = ["<s>", "the"], Split = "gpt2" };
        TrainedTokenizer trained = TokenizerTrainer.Train(["the then other <s> <s> <s>"], options, TestContext.Current.CancellationToken);
        Assert.Equal(["<s>", "the", "!"], trained.Tokens.Take(3));
        Assert.DoesNotContain(trained.Merges, merge => merge.Id < 2);
    }

    [Fact]
    public void ThreadsAndOrderChangeNothing()
    {
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => RandomText(new Random(i), 40, 5)), ManyScripts()];
        List<TrainedTokenizer> all =
        [
            .. from threads in (int[])[1, 2, 7]
               from order in (IEnumerable<string>[])[texts, texts.Reverse()]
               select TokenizerTrainer.Train(order, new TokenizerTrainingOptions { VocabularySize = 700, Threads = threads }),
        ];
        Assert.All(all, trained => Assert.Equal(all[0].Merges, trained.Merges));
        Assert.All(all, trained => Assert.Equal((all[0].Pieces, all[0].TextTokens), (trained.Pieces, trained.TextTokens)));
        Assert.Equal(700, all[0].Tokens.Count);
    }

    [Fact]
    public void WhatHasNoMeaningIsRefused()
    {
        var good = new TokenizerTrainingOptions { VocabularySize = 300 };
        Assert.Contains("257", Refused(good with { VocabularySize = 256, SpecialTokens = ["<s>"] }), StringComparison.Ordinal);
        Assert.Contains("<s> is named twice", Refused(good with { SpecialTokens = ["<s>", "<t>", "<s>"] }), StringComparison.Ordinal);
        Assert.Contains("empty", Refused(good with { SpecialTokens = [""] }), StringComparison.Ordinal);
        Assert.Contains("the byte 33", Refused(good with { SpecialTokens = ["!"] }), StringComparison.Ordinal);
        Assert.Contains("other bytes", Refused(good with { SpecialTokens = ["<é>"] }), StringComparison.Ordinal);
        Assert.Contains("o200k", Refused(good with { Split = "other" }), StringComparison.Ordinal);
        Assert.Contains("too large", Refused(good with { VocabularySize = int.MaxValue }), StringComparison.Ordinal);
        Assert.Contains("1 to 256", Refused(good with { AlphabetSize = 0 }), StringComparison.Ordinal);
        Assert.Contains("no text", Assert.Throws<PoiseException>(() => TokenizerTrainer.Train(["", ""], good)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACancelledTrainingEnds()
    {
        using var source = new CancellationTokenSource();
        int merges = 0;
        Assert.Throws<OperationCanceledException>(() => TokenizerTrainer.Train(Batches("abc abd abe abf"), new TokenizerTrainingOptions { VocabularySize = 300 }, (_, _) =>
        {
            if (++merges == 2) source.Cancel();
        }, source.Token));
        Assert.Equal(2, merges);
        Assert.Throws<OperationCanceledException>(() => TokenizerTrainer.Train(["abc"], new TokenizerTrainingOptions { VocabularySize = 300 }, source.Token));

        static IEnumerable<TextBatch> Batches(string text)
        {
            var batch = new TextBatch();
            batch.Add(text);
            yield return batch;
        }
    }

    void CheckGolden(int index, string corpus)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Shared.Golden("tokenizers", "train-bpe.json")));
        JsonElement golden = document.RootElement[index];
        Assert.Equal(golden.GetProperty("corpus_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(corpus))));
        string pattern = golden.GetProperty("pattern").GetString()!, split = pattern == SplitRules.Gpt2 ? "gpt2" : "o200k";
        Assert.Equal([pattern], SplitRules.Find(split)!.Patterns);
        TrainedTokenizer trained = Train([corpus], golden.GetProperty("vocab_size").GetInt32(), split);
        Assert.Equal(golden.GetProperty("merges").EnumerateArray().Select(pair => (pair[0].GetString()!, pair[1].GetString()!)), trained.Merges.Select(merge => (trained.Tokens[merge.Left], trained.Tokens[merge.Right])));
        Assert.Equal(golden.GetProperty("counts").EnumerateArray().Select(count => count.GetInt64()), trained.Merges.Select(merge => merge.Occurrences));
        Assert.Equal(golden.GetProperty("new_tokens").EnumerateArray().Select(token => token.GetString()!), trained.Tokens.Skip(256));
        output.WriteLine($"{golden.GetProperty("corpus").GetString()}: {trained.Merges.Count} merges with their counts");
    }

    static TrainedTokenizer Train(IEnumerable<string> texts, int vocabulary, string split) =>
        TokenizerTrainer.Train(texts, new TokenizerTrainingOptions { VocabularySize = vocabulary, Split = split });

    static string Refused(TokenizerTrainingOptions options) => Assert.Throws<PoiseException>(() => TokenizerTrainer.Train(["text"], options)).Message;

    /// <summary>The third golden corpus.</summary>
    internal static string ManyScripts() => string.Concat(
        from line in File.ReadAllText(Shared.Golden("tokenizers", "texts.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let text = JsonElement.Parse(line)
        let id = text.GetProperty("id").GetString()!
        where ((string[])["lang", "code", "case", "emoji"]).Any(start => id.StartsWith(start, StringComparison.Ordinal))
        select text.GetProperty("text").GetString());

    static string RandomText(Random random, int letters, int length)
    {
        var text = new StringBuilder();
        for (int words = random.Next(1, 60); words > 0; words--)
        {
            text.Append(random.Next(6) == 0 ? "\n" : " ");
            for (int n = random.Next(1, 2 * length); n > 0; n--) text.Append(random.Next(8) == 0 ? ' ' : (char)('a' + random.Next(letters)));
        }
        return text.ToString();
    }
}
