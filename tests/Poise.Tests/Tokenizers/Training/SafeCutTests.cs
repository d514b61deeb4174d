using System.Text;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.Training;
using Poise.Core.Training.Data;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers.Training;

/// <summary>Texts that are read in parts have the pieces that they have as a whole.</summary>
public sealed class SafeCutTests(ITestOutputHelper output) : IDisposable
{
    static readonly string[] s_rules =
    [
        "gpt-2", "mpt", "llama3", "smaug-bpe", "qwen2", "grok-2", "qwen35", "tekken", "o200k", "deepseek-v3", "deepseek-coder", "deepseek-llm", "starcoder", "command-r", "falcon", "default",
    ];

    // What patterns tell apart, and what is white or joins in normalisation.
    static readonly string[] s_parts =
    [
        "a", "b", "Z", "é", "e\u0301", "\u0301", "ß", "漢", "字", "한", "\u1112\u1161", "ज", "\u093E", "ǅ", "1", "23", "٣", "½", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00A0", "\u3000", "\u2028", "\u0085",
        ".", ",", "'s", "'LL", "'", "/", "(", "$", "+", "、", "。", "😀", "\u200D", "\0", "word", "Word", " and ", "\nThen ",
    ];

    readonly TemporaryFolder _temporary = new();

    [Fact]
    public void NoRuleSeesACut()
    {
        var random = new Random(5);
        int cuts = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(_ => s_parts[random.Next(s_parts.Length)])));
            List<byte[]> parts = Parts(text);
            cuts += parts.Count - 1;
            foreach (string rule in s_rules)
            {
                var counter = new PieceCounter(SplitRules.Find(rule)!);
                PieceCounts whole = new(), cut = new();
                counter.Count(text, whole);
                foreach (byte[] part in parts) counter.Count(part, cut);
                Assert.Equal(Listed(whole), Listed(cut));
            }
        }
        output.WriteLine($"{cuts} cuts under {s_rules.Length} rules");
        Assert.True(cuts > 1000);
    }

    [Fact]
    public void LongFilesAreReadAsTheyAre()
    {
        var random = new Random(6);
        var text = new StringBuilder("\uFEFF");
        var documents = new List<string>();
        for (int document = 0; document < 7; document++)
        {
            string content = string.Concat(Enumerable.Range(0, document == 3 ? 2_500_000 : 50_000).Select(_ => s_parts[random.Next(s_parts.Length)]));
            // Not alone on its line, it is text.
            if (document == 5) content = "<|endoftext|>x" + content + "\n<|endoftext|> and\nno <|endoftext|>\n";
            if (document > 0) text.Append(document % 2 == 0 ? "\n<|endoftext|>\n" : "\n<|endoftext|>\r\n<|endoftext|>\n");
            text.Append(content);
            documents.Add(content);
        }
        text.Append("\n<|endoftext|>");
        string path = _temporary.File("long.txt");
        File.WriteAllText(path, text.ToString(), new UTF8Encoding(false));
        var counter = new PieceCounter(SplitRules.Find("o200k")!);
        var expected = new PieceCounts();
        foreach (string document in documents) counter.Count(Encoding.UTF8.GetBytes(document), expected);
        int batches = 0;
        PieceCounts counts = counter.Count(new TrainingTexts([path], harmony: false).Batches().Select(batch =>
        {
            batches++;
            return batch;
        }), 2, TestContext.Current.CancellationToken);
        Assert.Equal(Listed(expected), Listed(counts));
        Assert.True(batches > 2);
    }

    [Fact]
    public void OtherEncodingsAreToldWithTheOffset()
    {
        string path = _temporary.File("latin.txt"), lines = _temporary.File("lines.jsonl"), array = _temporary.File("array.json");
        byte[] good = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Ein Wört und noch eins.\n", 200_000)));
        File.WriteAllBytes(path, [.. good, .. "caf"u8, 0xE9, .. " au lait"u8]);
        Assert.Contains($"offset {good.Length + 3} ", Refused(path), StringComparison.Ordinal);
        byte[] line = Encoding.UTF8.GetBytes("\n{\"text\":\"é\"}\n");
        File.WriteAllBytes(lines, [0xEF, 0xBB, 0xBF, .. line, .. line, .. "{\"text\":\""u8, 0xFF, .. "\"}"u8]);
        Assert.Contains($"offset {3 + 2 * line.Length + 9} ", Refused(lines), StringComparison.Ordinal);
        File.WriteAllBytes(array, [.. "[{\"text\":\""u8, 0x80, .. "\"}]"u8]);
        Assert.Contains("offset 10 ", Refused(array), StringComparison.Ordinal);
    }

    [Fact]
    public void EndlessWordsAreRefused()
    {
        string path = _temporary.File("zero.txt");
        using (FileStream stream = File.Create(path)) stream.SetLength(100 << 20);
        Assert.Contains("not running text", Refused(path), StringComparison.Ordinal);
    }

    static string Refused(string path) => Assert.Throws<PoiseException>(() => new TrainingTexts([path], harmony: false).Batches().Count()).Message;

    static List<byte[]> Parts(byte[] text)
    {
        var parts = new List<byte[]>();
        while (SafeCut.Last(text) is > 0 and var cut)
        {
            parts.Add(text[cut..]);
            text = text[..cut];
        }
        parts.Add(text);
        return parts;
    }

    static SortedDictionary<string, long> Listed(PieceCounts counts) =>
        new(Enumerable.Range(0, counts.Count).ToDictionary(i => Convert.ToHexString(counts.Piece(i)), counts.Occurrences), StringComparer.Ordinal);

    public void Dispose() => _temporary.Dispose();
}
