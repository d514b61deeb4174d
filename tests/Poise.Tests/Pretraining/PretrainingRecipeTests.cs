using Poise.Core.Pretraining;
using Poise.Tensors;

namespace Poise.Tests.Pretraining;

/// <summary>What a recipe of a training from nothing may say, and what is refused with its line.</summary>
public sealed class PretrainingRecipeTests : IDisposable
{
    readonly PretrainingFixture _fixture = new();

    [Theory]
    [InlineData("pretraining: 1", "pretraining: 2", "reads version 1")]
    [InlineData("name: small", "name: ../small", "cannot name a file")]
    [InlineData("generator: nano", "generator: web", "'web' is none of nano")]
    [InlineData("conversations: 60", "conversations: 0", "a whole number from 1")]
    [InlineData("vocabulary: 500", "vocabulary: 20", "a whole number from 300")]
    [InlineData("hidden_size: 32", "hidden_size: 33", "a multiple of 32")]
    [InlineData("expert_size: 32", "expert_size: 48", "a multiple of 32")]
    [InlineData("key_value_heads: 1", "key_value_heads: 3", "cannot share 3 evenly")]
    [InlineData("experts_per_token: 2", "experts_per_token: 4", "a layer has 3 experts")]
    [InlineData("deviation: 0.05", "deviation: -1", "a number from")]
    [InlineData("training: [learn.yaml, finish.yaml]", "training: []", "the recipe of a run is missing")]
    [InlineData("training: [learn.yaml, finish.yaml]", "training: [learn.yaml, learn.yaml]", "it is taken")]
    [InlineData("training: [learn.yaml, finish.yaml]", "training: [absent.yaml]", "absent.yaml cannot be read")]
    [InlineData("artefact: {type: Q8_0}", "artefact: {type: Q2_K}", "'Q2_K' is none of")]
    [InlineData("artefact: {type: Q8_0}", "artefact: {type: Q8_0, size: 3}", "no setting 'size' in artefact")]
    public void WhatIsWrongIsNamed(string right, string wrong, string message)
    {
        string text = File.ReadAllText(_fixture.RecipePath);
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(_fixture.RecipePath, text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(message, Assert.Throws<PoiseException>(() => _fixture.Recipe).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDigestIsOfWhatItSays()
    {
        string before = _fixture.Recipe.Digest;
        File.WriteAllText(_fixture.RecipePath, "# another comment\n" + File.ReadAllText(_fixture.RecipePath).Replace("tokenizer: {vocabulary: 500}", "tokenizer: {split: o200k, vocabulary: 500}", StringComparison.Ordinal));
        Assert.Equal(before, _fixture.Recipe.Digest);
        _fixture.WriteRun("learn", steps: 7, "balance: 0.02");
        Assert.NotEqual(before, _fixture.Recipe.Digest);
    }

    public void Dispose() => _fixture.Dispose();
}
