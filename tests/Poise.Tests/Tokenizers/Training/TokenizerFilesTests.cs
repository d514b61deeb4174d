using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.Text;
using Poise.Core.Tokenizers.Training;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers.Training;

/// <summary>What is written is read back: by the loader, with the ids that the merges give.</summary>
public sealed class TokenizerFilesTests : IDisposable
{
    readonly TemporaryFolder _temporary = new();

    [Theory]
    [InlineData("o200k")]
    [InlineData("gpt2")]
    [InlineData("llama3")]
    [InlineData("qwen2")]
    [InlineData("deepseek-v3")]
    [InlineData("falcon")]
    public void TheLoaderGivesTheIdsOfTheMerges(string split)
    {
        TrainedTokenizer trained = Train(split);
        string folder = _temporary.File("tokenizer");
        TokenizerFiles.Write(trained, folder);
        var tokenizer = (TextTokenizer)TokenizerLoader.Open(folder);
        Assert.Equal(trained.Tokens.Count, tokenizer.VocabularySize);
        bool composes = SplitRules.Find(split)!.Compose;
        int several = 0;
        foreach (string line in File.ReadLines(Shared.Golden("tokenizers", "texts.jsonl")).Take(250))
        {
            string text = JsonElement.Parse(line).GetProperty("text").GetString()!;
            if (text.Length > 300) continue;
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(composes ? UnicodeNormalizer.Normalize(text, compose: true, compatible: false) : text, tokenizer.Decode(ids));
            Assert.Equal(tokenizer.SplitPieces(text).SelectMany(piece => NaiveTrainer.Encode(piece, trained)), ids);
            several += ids.Count(id => tokenizer.BytesOf(id).Length > 1);
        }
        Assert.True(several > 100);
    }

    [Fact]
    public void SpecialTokensAreThemselvesOnlyWhereTheyAreAllowed()
    {
        string folder = _temporary.File("tokenizer");
        TokenizerFiles.Write(Train("o200k"), folder);
        Tokenizer tokenizer = TokenizerLoader.Open(folder);
        Assert.Equal([2, 0], tokenizer.Encode("<pad><s>", allowSpecial: true));
        Assert.All(tokenizer.Encode("<s></s>the<pad>"), id => Assert.True(id > 3));
        Assert.Equal("<s></s>the<pad>", tokenizer.Decode(tokenizer.Encode("<s></s>the<pad>")));
        Assert.Equal(0, tokenizer.BosId);
        Assert.False(tokenizer.AddBos);
        Assert.Equal([1], tokenizer.StopIds);
        Assert.False(File.Exists(Path.Combine(folder, "generation_config.json")));
        JsonElement settings = JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")));
        Assert.Equal("<pad>", settings.GetProperty("pad_token").GetString());
    }

    [Fact]
    public void TheFileHasTheFieldsOfTheLibrary()
    {
        string folder = _temporary.File("tokenizer");
        TokenizerFiles.Write(Train("qwen2"), folder);
        string text = File.ReadAllText(Path.Combine(folder, "tokenizer.json"));
        Assert.DoesNotContain('\r', text);
        JsonElement root = JsonElement.Parse(text);
        Assert.Equal(["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"], root.EnumerateObject().Select(field => field.Name));
        Assert.Equal("NFC", root.GetProperty("normalizer").GetProperty("type").GetString());
        Assert.Equal(SplitRules.Qwen2, root.GetProperty("pre_tokenizer").GetProperty("pretokenizers")[0].GetProperty("pattern").GetProperty("Regex").GetString());
        JsonElement model = root.GetProperty("model");
        Assert.Equal(["type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"], model.EnumerateObject().Select(field => field.Name));
        Assert.Equal(Enumerable.Range(0, 600), model.GetProperty("vocab").EnumerateObject().Select(token => token.Value.GetInt32()));
        // Every merge makes a token that is there.
        Assert.All(model.GetProperty("merges").EnumerateArray(), merge => Assert.True(model.GetProperty("vocab").TryGetProperty(merge[0].GetString() + merge[1].GetString(), out _)));
    }

    [Fact]
    public void ATokenizerIsNeverWrittenOver()
    {
        string folder = _temporary.File("model");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        TokenizerFiles.Write(Train("o200k"), folder);
        byte[] first = File.ReadAllBytes(Path.Combine(folder, "tokenizer.json"));
        Assert.Contains("tokenizer.json", Assert.Throws<PoiseException>(() => TokenizerFiles.Write(Train("gpt2"), folder)).Message, StringComparison.Ordinal);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        Assert.Equal(["config.json", "tokenizer.json", "tokenizer_config.json"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
        Assert.Contains("is a file", Assert.Throws<PoiseException>(() => TokenizerFiles.CheckFolder(Path.Combine(folder, "config.json"))).Message, StringComparison.Ordinal);
    }

    static TrainedTokenizer Train(string split) => TokenizerTrainer.Train(
        [File.ReadAllText(Shared.Golden("tokenizers", "shakespeare.txt")), TokenizerTrainerTests.ManyScripts()],
        new TokenizerTrainingOptions { VocabularySize = 600, SpecialTokens = ["<s>", "</s>", "<pad>", "the"], Split = split });

    public void Dispose() => _temporary.Dispose();
}
