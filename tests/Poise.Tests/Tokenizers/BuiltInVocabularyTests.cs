using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

/// <summary>The vocabulary that Poise carries is the published one.</summary>
public class BuiltInVocabularyTests
{
    [Fact]
    public void KnownIds()
    {
        Tokenizer tokenizer = BuiltInVocabulary.Harmony;
        Assert.Equal([24912, 2375], tokenizer.Encode("hello world"));
        Assert.Equal([27, 91, 5236, 91, 29], tokenizer.Encode("<|start|>"));
        Assert.Equal([200006, 173781, 200005, 35644], tokenizer.Encode("<|start|>assistant<|channel|>analysis", allowSpecial: true));
        Assert.Equal(201088, tokenizer.VocabularySize);
    }

    [Fact]
    public void EveryTokenIsThatOfThePublishedFile()
    {
        var published = (TextTokenizer)TokenizerLoader.Open(Shared.Get("data", "tokenizers", "tiktoken", "o200k_base.tiktoken"));
        var carried = (TextTokenizer)BuiltInVocabulary.Harmony;
        Assert.Equal(published.VocabularySize, carried.VocabularySize);
        for (int id = 0; id < published.VocabularySize; id++)
            Assert.True(published.BytesOf(id).SequenceEqual(carried.BytesOf(id)) && published.IsSpecial(id) == carried.IsSpecial(id), $"id {id}");
    }

    [Fact]
    public void SpelledTextComesBack()
    {
        Tokenizer tokenizer = SpelledTokenizer.Create(["<|a|>", "<|b|>"]);
        int[] ids = tokenizer.Encode("x<|b|>é", allowSpecial: true);
        Assert.Equal([120, 257, 0xC3, 0xA9], ids);
        Assert.Equal("x<|b|>é", tokenizer.Decode(ids));
        Assert.Equal(7, tokenizer.Encode("x<|b|>é").Length - 1);
    }
}
