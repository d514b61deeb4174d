using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

public class PublishedVectorTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("bert-bge")]
    [InlineData("deepseek-coder")]
    [InlineData("deepseek-llm")]
    [InlineData("falcon")]
    [InlineData("gpt-2")]
    [InlineData("llama-bpe")]
    [InlineData("llama-spm")]
    [InlineData("mpt")]
    [InlineData("phi-3")]
    [InlineData("qwen2")]
    [InlineData("refact")]
    [InlineData("starcoder")]
    [InlineData("command-r")]
    public void GgmlVectors(string name)
    {
        string folder = Shared.Get("data", "tokenizers", "ggml-vocab");
        if (name == "command-r") Assert.Skip("the vocabulary of command-r is not in the data folder");
        Tokenizer tokenizer = name switch
        {
            "llama-bpe" => TokenizerLoader.Open(Shared.Get("data", "tokenizers", "llama3", "llama3_base.tiktoken")),
            "qwen2" => TokenizerLoader.FromGguf(TinyGguf.Read(Shared.Golden("tokenizers", "vocab", "ggml-vocab-qwen2.gguf.gz"))),
            _ => TokenizerLoader.FromGguf(TinyGguf.Read(Path.Combine(folder, $"ggml-vocab-{name}.gguf"))),
        };
        string[] inputs = File.ReadAllText(Path.Combine(folder, $"ggml-vocab-{name}.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        string[] outputs = File.ReadAllText(Path.Combine(folder, $"ggml-vocab-{name}.gguf.out")).Split('\n');
        int count = Math.Min(inputs.Length, outputs.Length);
        for (int i = 0; i < count; i++)
            Assert.Equal(outputs[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse), tokenizer.Encode(inputs[i]));
        output.WriteLine($"{name}: {count} vectors");
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    [InlineData("p50k_base")]
    [InlineData("r50k_base")]
    public void JtokkitVectors(string name)
    {
        string folder = Shared.Get("data", "tokenizers", "tiktoken");
        Tokenizer tokenizer = TokenizerLoader.Open(Path.Combine(folder, name + ".tiktoken"));
        List<string[]> rows = Csv(File.ReadAllText(Path.Combine(folder, "jtokkit-tests", name + "_encodings.csv")));
        int count = 0;
        foreach (string[] row in rows.Skip(1).Where(r => r.Length >= 2))
        {
            Assert.Equal(JsonSerializer.Deserialize<int[]>(row[1]), tokenizer.Encode(row[0]));
            count++;
        }
        output.WriteLine($"{name}: {count} vectors");
        Assert.True(count > 400);
    }

    static List<string[]> Csv(string text)
    {
        var rows = new List<string[]>();
        var row = new List<string>();
        var cell = new System.Text.StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') { cell.Append('"'); i++; }
            else if (c == '"') quoted = !quoted;
            else if (!quoted && c is ',' or '\n' && !quoted)
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (c != '\n') continue;
                rows.Add([.. row]);
                row.Clear();
            }
            else if (c != '\r' || quoted) cell.Append(c);
        }
        return rows;
    }
}
