using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.Text;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

public class PipelineTests(ITestOutputHelper output)
{
    [Fact]
    public void PiecesAreTheGoldenOnes()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Shared.Golden("tokenizers", "presplit.json")));
        Dictionary<string, SplitStep> steps = document.RootElement.GetProperty("patterns").EnumerateObject().ToDictionary(p => p.Name, p => new SplitStep(new SplitPattern(p.Value.GetString()!)));
        var texts = new Dictionary<string, string>();
        foreach (string line in File.ReadAllText(Shared.Golden("tokenizers", "texts.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument text = JsonDocument.Parse(line);
            texts.Add(text.RootElement.GetProperty("id").GetString()!, text.RootElement.GetProperty("text").GetString()!);
        }
        int count = 0;
        foreach (JsonElement split in document.RootElement.GetProperty("splits").EnumerateArray())
        {
            string text = texts[split.GetProperty("id").GetString()!];
            foreach (JsonProperty expected in split.EnumerateObject().Where(p => steps.ContainsKey(p.Name)))
            {
                string input = expected.Name == "qwen2" ? UnicodeNormalizer.Normalize(text, compose: true, compatible: false) : text;
                byte[] bytes = System.Text.Encoding.UTF8.GetBytes(input);
                var pieces = new List<string>();
                SplitStep.Pieces walk = steps[expected.Name].Split(bytes);
                while (walk.Next(out int start, out int end)) pieces.Add(System.Text.Encoding.UTF8.GetString(bytes, start, end - start));
                Assert.Equal(expected.Value.EnumerateArray().Select(x => x.GetString()!), pieces);
                count++;
            }
        }
        output.WriteLine($"presplit: {count} vectors");
        Assert.True(count > 100);
    }

    [Fact]
    public void StreamsAreTheGoldenOnes()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Shared.Golden("tokenizers", "streaming.json")));
        var tokenizers = new Dictionary<string, Tokenizer>();
        int count = 0;
        foreach (JsonElement stream in document.RootElement.EnumerateArray())
        {
            string name = stream.GetProperty("vocabulary").GetString()!;
            if (!tokenizers.TryGetValue(name, out Tokenizer? tokenizer)) tokenizers[name] = tokenizer = Open(name);
            StreamingDecoder decoder = tokenizer.CreateDecoder();
            int[] ids = [.. stream.GetProperty("ids").EnumerateArray().Select(x => x.GetInt32())];
            Assert.Equal(stream.GetProperty("deltas").EnumerateArray().Select(x => x.GetString()!), ids.Select(decoder.Append));
            Assert.Equal(stream.GetProperty("flush").GetString(), decoder.Flush());
            Assert.Equal(stream.GetProperty("text").GetString(), tokenizer.Decode(ids));
            count++;
        }
        output.WriteLine($"streaming: {count} vectors");
    }

    static Tokenizer Open(string name) => name switch
    {
        "o200k_harmony" => TokenizerLoader.Open(Shared.Get("data", "tokenizers", "tiktoken", "o200k_base.tiktoken")),
        "llama2" => TokenizerLoader.Open(Shared.Get("data", "tokenizers", "llama2", "tokenizer.model")),
        "qwen2" => TokenizerLoader.FromGguf(TinyGguf.Read(Shared.Golden("tokenizers", "vocab", "ggml-vocab-qwen2.gguf.gz"))),
        "gemma-4" => TokenizerLoader.FromGguf(TinyGguf.Read(Shared.Get("golden", "tokenizers", "vocab", "ggml-vocab-gemma-4.gguf.gz"))),
        "llama3" => TokenizerLoader.Open(Shared.Get("data", "tokenizers", "llama3", "llama3_base.tiktoken")),
        "cl100k_base" => TokenizerLoader.Open(Shared.Get("data", "tokenizers", "tiktoken", "cl100k_base.tiktoken")),
        "r50k_base" => TokenizerLoader.Open(Shared.Get("data", "tokenizers", "tiktoken", "r50k_base.tiktoken")),
        _ => throw new InvalidOperationException(name),
    };

    [Theory]
    [InlineData("gpt-oss-dense")]
    [InlineData("llama3.1")]
    [InlineData("mistral-nemo")]
    [InlineData("deepseek-v3")]
    [InlineData("deepseek-v2")]
    [InlineData("qwen3")]
    [InlineData("llama2")]
    [InlineData("gemma3")]
    [InlineData("grok-1")]
    [InlineData("gpt2")]
    public void FoldersRoundTrip(string model)
    {
        Tokenizer tokenizer = TokenizerLoader.Open(Shared.Golden("tokenizers", "models", model));
        const string Text = "Hello wörld, it's 12345 — 𝒜 😀\n\n  x = 1;\t世界";
        Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text)));
        Assert.NotEmpty(tokenizer.StopIds);
        foreach (int stop in tokenizer.StopIds) Assert.True(tokenizer.IsSpecial(stop));
    }

    [Theory]
    [InlineData("{\"model\":{\"type\":\"Magic\",\"vocab\":{\"a\":0}}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2000000000},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[7]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":[1]}}")]
    [InlineData("{\"normalizer\":{\"type\":\"Wild\"},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}")]
    [InlineData("{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a+)+b\"},\"behavior\":\"Isolated\"},\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}")]
    [InlineData("{\"added_tokens\":[{\"id\":-5,\"content\":\"x\"}],\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}")]
    [InlineData("{\"model\":")]
    [InlineData("[]")]
    [InlineData("")]
    public void HostileFilesAreRefused(string json)
    {
        Assert.Throws<ModelFileException>(() => TokenizerJson.Load("tokenizer.json", System.Text.Encoding.UTF8.GetBytes(json), TokenizerSettings.Read(null)));
    }

    [Fact]
    public void UnigramTakesTheBestPath()
    {
        const string Json = """{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁a",-2],["b",-3],["▁ab",-4],["c",-1],["bc",-1.5]]},"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}}""";
        Tokenizer tokenizer = TokenizerJson.Load("x", System.Text.Encoding.UTF8.GetBytes(Json), TokenizerSettings.Read(null));
        Assert.Equal([1, 5, 3], tokenizer.Encode("abc ab"));
        Assert.Equal("abc ab", tokenizer.Decode([1, 5, 3]));
        Assert.Equal([1, 0, 4], tokenizer.Encode("azzc"));
    }
}
