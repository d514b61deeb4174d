using System.Text.Json;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>A synthetic model is written, shown and run, each by its own process.</summary>
public sealed class SynthTests
{
    [Theory]
    [InlineData("model.gguf")]
    [InlineData("folder")]
    public void WhatSynthWritesCanBeShownAndRun(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        PoiseProcess.Result synth = PoiseProcess.Run("synth", "gpt2", path, "--layers", "1", "--seed", "7");
        Assert.True(synth.Code == 0, synth.Error);
        PoiseProcess.Result show = PoiseProcess.Run("show", path, "--json");
        Assert.True(show.Code == 0, show.Error);
        JsonElement facts = JsonDocument.Parse(show.Output).RootElement;
        Assert.Equal("gpt2", facts.GetProperty("architecture").GetString());
        Assert.Equal(1024, facts.GetProperty("context").GetInt32());
        PoiseProcess.Result run = PoiseProcess.Run("run", path, "Hello", "--max-tokens", "3");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("tok/s", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTypeOfMatricesIsAChoice()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        PoiseProcess.Result synth = PoiseProcess.Run("synth", "gpt2", path, "--layers", "1", "--type", "Q4_K");
        Assert.True(synth.Code == 0, synth.Error);
        Assert.Contains("Q4_K", PoiseProcess.Run("show", path, "--json").Output, StringComparison.Ordinal);
        Assert.Equal(2, PoiseProcess.Run("synth", "gpt2", path, "--type", "Q99").Code);
    }
}
