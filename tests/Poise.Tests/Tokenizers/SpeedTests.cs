using System.Diagnostics;
using System.Text;
using Poise.Core.Tokenizers;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

public class SpeedTests(ITestOutputHelper output)
{
    [Fact]
    public void EnglishIsFast()
    {
        Tokenizer tokenizer = TokenizerLoader.Open(Shared.Get("data", "tokenizers", "tiktoken", "o200k_base.tiktoken"));
        string text = File.ReadAllText(Directory.EnumerateFiles(Shared.Get("data", "text", "gutenberg"), "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First());
        string[] parts = [.. text.Chunk(4000).Select(c => new string(c)).Take(200)];
        double bytes = parts.Sum(Encoding.UTF8.GetByteCount), best = double.MaxValue;
        for (int round = 0; round < 60; round++)
        {
            var watch = Stopwatch.StartNew();
            foreach (string part in parts) tokenizer.Encode(part);
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }
        output.WriteLine($"o200k, English: {bytes / best / 1e6:F1} MB/s");
        Assert.True(bytes / best > 4e6);
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("😀")]
    [InlineData("A")]
    [InlineData("\n")]
    public void LongRunsTakeLittleTime(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / Encoding.UTF8.GetByteCount(unit)));
        foreach (string file in (string[])["tiktoken/o200k_base.tiktoken", "tiktoken/cl100k_base.tiktoken", "llama2/tokenizer.model"])
        {
            Tokenizer tokenizer = TokenizerLoader.Open(Shared.Get(["data", "tokenizers", .. file.Split('/')]));
            var watch = Stopwatch.StartNew();
            int count = tokenizer.Encode(text).Length;
            output.WriteLine($"{file}: {count} ids in {watch.Elapsed.TotalSeconds:F2} s");
            Assert.True(watch.Elapsed.TotalSeconds < 2);
        }
    }
}
