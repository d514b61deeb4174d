using System.Diagnostics;
using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

public class GoldenTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("o200k_base", "tiktoken/o200k_base.tiktoken", "o200k_base")]
    [InlineData("o200k_harmony", "tiktoken/o200k_base.tiktoken", null)]
    [InlineData("cl100k_base", "tiktoken/cl100k_base.tiktoken", null)]
    [InlineData("p50k_base", "tiktoken/p50k_base.tiktoken", null)]
    [InlineData("p50k_edit", "tiktoken/p50k_base.tiktoken", "p50k_edit")]
    [InlineData("r50k_base", "tiktoken/r50k_base.tiktoken", null)]
    [InlineData("r50k_base", "gpt2/encoder.json", null)]
    [InlineData("llama3", "llama3/llama3_base.tiktoken", null)]
    [InlineData("llama3", "llama3/ollama-llama3.2-encoder.json", null)]
    [InlineData("gpt-neox-20b", "hf-tokenizer-json/gpt-neox-20b/tokenizer.json", null)]
    [InlineData("phi3-v", "hf-tokenizer-json/phi3-v/tokenizer.json", null)]
    [InlineData("tiny-random-gpt2", "hf-tokenizer-json/tiny-random-gpt2-fp32/tokenizer.json", null)]
    [InlineData("whisper", "hf-tokenizer-json/whisper/tokenizer.json", null)]
    [InlineData("llama2", "llama2/tokenizer.model", null)]
    [InlineData("llama2", "llama2/llama2c-tokenizer.bin", null)]
    [InlineData("mistral-v1", "mistral/tokenizer.model.v1", null)]
    [InlineData("mistral-v3", "mistral/mistral_instruct_tokenizer_240216.model.v2", null)]
    [InlineData("mistral-v3", "mistral/mistral_instruct_tokenizer_240323.model.v3", null)]
    [InlineData("mistral-v3", "mistral/mistral_instruct_tokenizer_241114.model.v7", null)]
    [InlineData("mistral-v3", "mistral/mistral_instruct_tokenizer_241114.model.v7m1", null)]
    [InlineData("grok-1", "grok/grok-1-tokenizer.model", null)]
    public void FilesGiveTheGoldenIds(string vocabulary, string file, string? encoding)
    {
        string path = Shared.Get(["data", "tokenizers", .. file.Split('/')]);
        Check(vocabulary, file, () => TokenizerLoader.Open(path, encoding), special: SpecialsAreInTheVectors(vocabulary) && !file.Contains("ollama", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("r50k_base", "ggml-vocab/ggml-vocab-gpt-2.gguf")]
    [InlineData("llama2", "ggml-vocab/ggml-vocab-llama-spm.gguf")]
    [InlineData("baichuan", "ggml-vocab/ggml-vocab-baichuan.gguf")]
    [InlineData("bert-bge", "ggml-vocab/ggml-vocab-bert-bge.gguf")]
    [InlineData("deepseek-coder", "ggml-vocab/ggml-vocab-deepseek-coder.gguf")]
    [InlineData("deepseek-llm", "ggml-vocab/ggml-vocab-deepseek-llm.gguf")]
    [InlineData("falcon", "ggml-vocab/ggml-vocab-falcon.gguf")]
    [InlineData("refact", "ggml-vocab/ggml-vocab-refact.gguf")]
    [InlineData("starcoder", "ggml-vocab/ggml-vocab-starcoder.gguf")]
    [InlineData("gpt-neox-20b", "ggml-vocab/ggml-vocab-gpt-neox.gguf")]
    [InlineData("gpt-neox-20b", "ggml-vocab/ggml-vocab-mpt.gguf")]
    public void GgufGivesTheGoldenIds(string vocabulary, string file)
    {
        var metadata = TinyGguf.Read(Shared.Get(["data", "tokenizers", .. file.Split('/')]));
        Check(vocabulary, file, () => TokenizerLoader.FromGguf(metadata));
    }

    [Fact]
    public void Gemma4FromGguf()
    {
        var metadata = TinyGguf.Read(Shared.Get("golden", "tokenizers", "vocab", "ggml-vocab-gemma-4.gguf.gz"));
        Check("gemma-4", "gguf", () => TokenizerLoader.FromGguf(metadata));
    }

    [Fact]
    public void Qwen2FromGguf()
    {
        var metadata = TinyGguf.Read(Shared.Golden("tokenizers", "vocab", "ggml-vocab-qwen2.gguf.gz"));
        Tokenizer tokenizer = TokenizerLoader.FromGguf(metadata);
        (int ids, int special, int decoded) = GoldenIds.Check(Shared.Golden("tokenizers"), "qwen2", tokenizer);
        output.WriteLine($"qwen2: {ids} ids, {special} special, {decoded} decoded");
        Assert.Null(tokenizer.Warning);
        Assert.Contains(151645, tokenizer.StopIds);
    }

    // The samples beside the Mistral models are chats with control ids throughout; none is a vector for plain text.
    // The SentencePiece vectors but Llama 2's were made without special tokens.
    static bool SpecialsAreInTheVectors(string vocabulary) => vocabulary is not ("mistral-v1" or "mistral-v3" or "grok-1");

    void Check(string vocabulary, string file, Func<Tokenizer> load, bool special = true)
    {
        var watch = Stopwatch.StartNew();
        Tokenizer tokenizer = load();
        double seconds = watch.Elapsed.TotalSeconds;
        (int ids, int specials, int decoded) = GoldenIds.Check(Shared.Get("golden", "tokenizers"), vocabulary, tokenizer, special: special);
        output.WriteLine($"{vocabulary} ({file}): {ids} ids, {(special ? specials : 0)} special, {decoded} decoded; loaded in {seconds:F3} s, {tokenizer.VocabularySize} tokens");
    }
}
