using System.Text.Json;
using Poise.Tests.Pretraining;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>`poise train` and `poise reproduce` as processes.</summary>
public sealed class TrainVerbTests : IDisposable
{
    readonly PretrainingFixture _fixture = new();

    [Fact]
    public void AModelFromNothingIsPublishedAndReproduced()
    {
        string published = Path.GetDirectoryName(_fixture.RecipePath)!;
        PoiseProcess.Result trained = PoiseProcess.Run("train", _fixture.RecipePath, "--out", _fixture.File("run"), "--publish", published, "--threads", "2");
        Assert.True(trained.Code == 0, trained.Error);
        string[] lines = trained.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["corpus", "tokenizer", "initial", "learn", "finish", "artefact"], lines.SkipLast(1).Select(line => line.Split(' ')[0]));
        Assert.Equal(Path.Combine(_fixture.File("run"), "small.gguf"), lines[^1].Trim());
        Assert.DoesNotContain('\r', trained.Error);

        // The model answers, whatever it may say.
        PoiseProcess.Result answer = PoiseProcess.Run("run", lines[^1].Trim(), "Who are you?", "--max-tokens", "8", "--json");
        Assert.True(answer.Code == 0, answer.Error);

        PoiseProcess.Result segment = PoiseProcess.Run("reproduce", published, "--segment", "2", "--out", _fixture.File("segment"));
        Assert.True(segment.Code == 0, segment.Error + segment.Output);
        Assert.Contains("2 steps of each run, are as published, to the bit", segment.Output, StringComparison.Ordinal);
        PoiseProcess.Result whole = PoiseProcess.Run("reproduce", published, "--out", _fixture.File("whole"), "--threads", "1");
        Assert.True(whole.Code == 0, whole.Error + whole.Output);
        Assert.Contains("everything is as published, to the bit", whole.Output, StringComparison.Ordinal);

        string model = Path.Combine(published, "small.gguf");
        byte[] bytes = File.ReadAllBytes(model);
        bytes[^7] ^= 1;
        File.WriteAllBytes(model, bytes);
        PoiseProcess.Result damaged = PoiseProcess.Run("reproduce", published, "--segment", "2", "--out", _fixture.File("segment"));
        Assert.Equal(3, damaged.Code);
        Assert.Contains("DIFFERS     artefact: the SHA-256 of the published small.gguf is ", damaged.Output, StringComparison.Ordinal);
        PoiseProcess.Result json = PoiseProcess.Run("reproduce", published, "--segment", "2", "--out", _fixture.File("segment"), "--json");
        Assert.Equal(3, json.Code);
        Assert.Equal(("differs", "artefact"), (JsonElement.Parse(json.Output).GetProperty("event").GetString(), JsonElement.Parse(json.Output).GetProperty("stage").GetString()));
    }

    [Fact]
    public void WhatCannotBeIsSaid()
    {
        PoiseProcess.Result unknown = PoiseProcess.Run("reproduce", "gpt-oss-20b");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("Nothing was published of 'gpt-oss-20b'", unknown.Error, StringComparison.Ordinal);
        PoiseProcess.Result nowhere = PoiseProcess.Run("train", _fixture.RecipePath, "--out", _fixture.File("run"), "--publish", _fixture.File("absent"));
        Assert.Equal(1, nowhere.Code);
        Assert.Contains("does not exist", nowhere.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_fixture.File("run")));
    }

    public void Dispose() => _fixture.Dispose();
}
