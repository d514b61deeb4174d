using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>Where no model is named, nano answers.</summary>
public sealed class DefaultModelTests
{
    [Fact]
    public void APromptAloneIsForNano()
    {
        PoiseProcess.Result answer = PoiseProcess.Run("run", "What are you?");
        Assert.True(answer.Code == 0, answer.Error);
        Assert.Contains("nano", answer.Output, StringComparison.Ordinal);
        PoiseProcess.Result piped = PoiseProcess.RunWithInput("What are you?", "run", "-");
        Assert.Equal((answer.Code, answer.Output), (piped.Code, piped.Output));
    }

    [Fact]
    public void AChatWithoutAModelIsWithNano()
    {
        PoiseProcess.Result chat = PoiseProcess.RunWithInput("What are you?\n", "chat", "--temperature", "0");
        Assert.True(chat.Code == 0, chat.Error);
        Assert.Contains("nano", chat.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absent.gguf")]
    [InlineData("models/absent")]
    public void WhatLooksLikeAPathIsNoPrompt(string path)
    {
        PoiseProcess.Result result = PoiseProcess.Run("run", path);
        Assert.Equal(2, result.Code);
        Assert.Contains("needs a prompt", result.Error, StringComparison.Ordinal);
        result = PoiseProcess.Run("run", path, "Hello");
        Assert.Equal(1, result.Code);
        Assert.Contains($"{path} does not exist", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingAtAllIsAnErrorOfUse()
    {
        PoiseProcess.Result result = PoiseProcess.Run("run");
        Assert.Equal(2, result.Code);
        Assert.Contains("needs a prompt", result.Error, StringComparison.Ordinal);
    }
}
