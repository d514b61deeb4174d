using System.Text;
using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.Text;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

public class AsciiWordScannerTests(ITestOutputHelper output)
{
    static readonly SplitPattern s_general = new(SplitRules.O200k);

    [Fact]
    public void GoldenTextsAreCutAsTheGeneralMatcherCuts()
    {
        int compared = 0, texts = 0;
        foreach (string line in File.ReadAllText(Shared.Golden("tokenizers", "texts.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument text = JsonDocument.Parse(line);
            compared += Compare(Encoding.UTF8.GetBytes(text.RootElement.GetProperty("text").GetString()!));
            texts++;
        }
        output.WriteLine($"{compared} pieces of {texts} texts");
        Assert.True(compared > 5000);
    }

    [Theory]
    [InlineData(0, 128)]
    [InlineData(32, 127)]
    public void RandomAsciiIsCutAsTheGeneralMatcherCuts(int first, int end)
    {
        var random = new Random(first + 1);
        for (int round = 0; round < 20_000; round++)
        {
            var text = new byte[random.Next(1, 24)];
            for (int i = 0; i < text.Length; i++) text[i] = (byte)random.Next(first, end);
            Compare(text);
        }
    }

    [Fact]
    public void WordsMarksAndBreaksAreCutAsTheGeneralMatcherCuts()
    {
        string[] parts = ["a", "B", "s", "'", "'", "'s", "'LL", "'rE", "'ve", "'M", " ", " ", "\t", "\n", "\r", "/", "7", "42", ".", "(", "\v", "\0", "\u007F", "é", "\u017F", "'\u017F", "—", "\u00A0", "漢", "\u0301"];
        var random = new Random(3);
        for (int round = 0; round < 60_000; round++)
        {
            var text = new StringBuilder();
            for (int i = random.Next(1, 12); i > 0; i--) text.Append(parts[random.Next(parts.Length)]);
            Compare(Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    static int Compare(byte[] text)
    {
        int compared = 0;
        SplitStep.Pieces pieces = new SplitStep(s_general).Split(text);
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = s_general.MatchAt(text, at);
            Assert.True(pieces.Next(out int start, out int cut));
            if (AsciiWordScanner.Match(text, at) is >= 0 and var scanned)
            {
                compared++;
                if (scanned != end) Assert.Fail($"{JsonSerializer.Serialize(Encoding.UTF8.GetString(text))} at {at}: {scanned}, expected {end}");
            }
            Assert.Equal((at, end), (start, cut));
        }
        return compared;
    }
}
