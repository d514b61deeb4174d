using System.Text;
using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

/// <summary>Streaming and the rank form of byte-level BPE on vocabularies that lie in tests/golden, so that any clone runs them.</summary>
public class CarriedVocabularyTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("gpt-oss-dense", 0)]
    [InlineData("llama3.1", 0)]
    [InlineData("gpt2", 0)]
    [InlineData("qwen3", 0)]
    [InlineData("llama2", 1)]
    public void RandomIdsStreamAsANaiveDecoderShowsThem(string model, int leadingSpaces)
    {
        var tokenizer = (TextTokenizer)TokenizerLoader.Open(Shared.Golden("tokenizers", "models", model));
        int[] emoji = tokenizer.Encode("😀漢é x");
        var random = new Random(11);
        int cut = 0;
        for (int round = 0; round < 400; round++)
        {
            var ids = new List<int>();
            for (int part = random.Next(1, 6); part > 0; part--)
            {
                if (random.Next(2) == 0) ids.AddRange(emoji[..random.Next(1, emoji.Length + 1)]);
                else ids.Add(random.Next(tokenizer.VocabularySize));
            }
            var bytes = new List<byte>();
            string shown = "";
            StreamingDecoder decoder = tokenizer.CreateDecoder();
            foreach (int id in ids)
            {
                bytes.AddRange(tokenizer.BytesOf(id));
                string expected = Naive(bytes, leadingSpaces, end: false);
                shown += decoder.Append(id);
                Assert.Equal(expected, shown);
            }
            string whole = Naive(bytes, leadingSpaces, end: true);
            if (whole != shown) cut++;
            Assert.Equal(whole, shown + decoder.Flush());
            Assert.Equal(whole, tokenizer.Decode([.. ids]));
        }
        output.WriteLine($"{model}: 400 streams, {cut} end inside of a character");
        Assert.True(cut > 10);
    }

    /// <summary>Decodes from the start each time: the well-formed sequences of the Unicode standard's table 3-7, written out.</summary>
    static string Naive(List<byte> bytes, int leadingSpaces, bool end)
    {
        var text = new StringBuilder();
        int at = leadingSpaces > 0 && bytes.Count > 0 && bytes[0] == ' ' ? 1 : 0;
        while (at < bytes.Count)
        {
            int first = bytes[at], length = first < 0x80 ? 1 : first is >= 0xC2 and < 0xE0 ? 2 : first is >= 0xE0 and < 0xF0 ? 3 : first is >= 0xF0 and < 0xF5 ? 4 : 0;
            int low = first switch { 0xE0 => 0xA0, 0xF0 => 0x90, _ => 0x80 }, high = first switch { 0xED => 0x9F, 0xF4 => 0x8F, _ => 0xBF };
            int have = 1;
            while (have < length && at + have < bytes.Count && bytes[at + have] >= low && bytes[at + have] <= high) (low, high, have) = (0x80, 0xBF, have + 1);
            if (have == length) text.Append(Encoding.UTF8.GetString([.. bytes.Skip(at).Take(length)]));
            else if (have < length && at + have == bytes.Count && !end) break;
            else text.Append('\uFFFD');
            at += have;
        }
        return text.ToString();
    }

    [Fact]
    public void RanksGiveTheIdsOfTheMergesTheyAreWrittenFrom()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Shared.Golden("tokenizers", "train-bpe.json")));
        int compared = 0;
        foreach (JsonElement training in document.RootElement.EnumerateArray())
        {
            (string Left, string Right)[] merges = [.. training.GetProperty("merges").EnumerateArray().Select(m => (m[0].GetString()!, m[1].GetString()!))];
            List<string> tokens = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.Encode([(byte)b]))];
            tokens.AddRange(merges.Select(m => m.Left + m.Right).Distinct());
            string folder = Directory.CreateTempSubdirectory("poise-ranks").FullName;
            try
            {
                File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(tokens.Select((t, id) => (t, id)).ToDictionary(p => p.t, p => p.id)));
                File.WriteAllLines(Path.Combine(folder, "merges.txt"), merges.Select(m => $"{m.Left} {m.Right}"));
                File.WriteAllLines(Path.Combine(folder, "tiny.tiktoken"), tokens.Select((t, id) => $"{Convert.ToBase64String(ByteLevelVocabulary.Spelling(t))} {id}"));
                Tokenizer byMerges = TokenizerLoader.Open(Path.Combine(folder, "vocab.json"));
                Tokenizer byRanks = TokenizerLoader.Open(Path.Combine(folder, "tiny.tiktoken"), "r50k_base");
                foreach (string line in File.ReadAllText(Shared.Golden("tokenizers", "texts.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    using JsonDocument text = JsonDocument.Parse(line);
                    string content = text.RootElement.GetProperty("text").GetString()!;
                    int[] ids = byRanks.Encode(content);
                    Assert.Equal(content, byRanks.Decode(ids));
                    Assert.Equal(byMerges.Encode(content), ids);
                    compared++;
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        output.WriteLine($"{compared} texts under rank and merge form");
    }
}
