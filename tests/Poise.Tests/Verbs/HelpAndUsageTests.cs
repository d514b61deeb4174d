using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>What a person sees who mistypes or asks: help, exit codes, and messages without traces.</summary>
public sealed class HelpAndUsageTests
{
    const string Stories = "tests/golden/models/stories260K";

    [Fact]
    public void HelpListsTheVerbsAndEndsWithZero()
    {
        PoiseProcess.Result result = PoiseProcess.Run("--help");
        Assert.Equal(0, result.Code);
        foreach (Cli.Verbs.Verb verb in Cli.Verbs.VerbTable.All) Assert.Contains($"  {verb.Name} <", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AVerbsHelpEndsWithExamples()
    {
        foreach (Cli.Verbs.Verb verb in Cli.Verbs.VerbTable.All)
        {
            PoiseProcess.Result result = PoiseProcess.Run(verb.Name, "--help");
            Assert.Equal(0, result.Code);
            Assert.Contains("Examples:\n  " + verb.Examples[0], result.Output, StringComparison.Ordinal);
            Assert.Empty(result.Error);
        }
    }

    [Fact]
    public void NoVerbIsAMisuseThatHelpAnswers()
    {
        PoiseProcess.Result result = PoiseProcess.Run();
        Assert.Equal(2, result.Code);
        Assert.Empty(result.Output);
        Assert.Contains("tokenize", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown verb or option 'dance'", "dance")]
    [InlineData("--wrong", "run", Stories, "x", "--wrong")]
    [InlineData("run", "run", Stories)]
    [InlineData("0 to 2", "run", Stories, "x", "--temperature", "2.5")]
    [InlineData("0 to 2", "run", Stories, "x", "--temperature", "NaN")]
    [InlineData("--top-p", "run", Stories, "x", "--top-p", "0")]
    [InlineData("--seed", "run", Stories, "x", "--seed", "-1")]
    [InlineData("--max-tokens", "run", Stories, "x", "--max-tokens", "many")]
    [InlineData("--max-tokens", "run", Stories, "x", "--max-tokens", "99999999999")]
    [InlineData("--threads", "run", Stories, "x", "--threads", "-3")]
    [InlineData("f16", "run", Stories, "x", "--activations", "f16")]
    [InlineData("--out", "logits", Stories, "prompts.jsonl")]
    [InlineData("--out", "show", Stories, "--out", "x.safetensors")]
    [InlineData("--context", "show", Stories, "--context", "4k")]
    [InlineData("huge", "chat", Stories, "--effort", "huge")]
    [InlineData("--decode", "tokenize", Stories, "-", "--decode", "--specials")]
    public void MisuseIsNamedAndEndsWithTwo(string named, params string[] arguments)
    {
        PoiseProcess.Result result = PoiseProcess.Run(arguments);
        Assert.Equal(2, result.Code);
        AssertShort(result);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("does not exist", "run", "no/such/model", "x")]
    [InlineData("does not exist", "show", "no/such/model")]
    [InlineData("is not a model", "run", "README.md", "x")]
    [InlineData("is not a model", "show", "README.md")]
    [InlineData("no such file", "logits", Stories, "no-such.jsonl", "--out", "artifacts/x.safetensors")]
    [InlineData("does not exist", "logits", Stories, "-", "--out", "no/such/folder/x.safetensors")]
    [InlineData("no tensor is named 'nothing'", "show", Stories, "--tensor", "nothing")]
    [InlineData("no/such/tools.json does not exist", "chat", Stories, "--tools", "no/such/tools.json")]
    [InlineData("is not a conversation that /save wrote", "chat", Stories, "--load", "README.md")]
    [InlineData("context is 512", "show", Stories, "--context", "100000")]
    public void BadInputIsNamedAndEndsWithOne(string named, params string[] arguments)
    {
        PoiseProcess.Result result = PoiseProcess.Run(arguments);
        Assert.Equal(1, result.Code);
        AssertShort(result);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnsupportedArchitectureIsNamedWithThoseThatAre()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Shared.Golden("models", "stories260K"))) File.Copy(file, folder.File(Path.GetFileName(file)));
        string config = folder.File("config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("LlamaForCausalLM", "Parrot\\u001b[31mForCausalLM", StringComparison.Ordinal).Replace("\"llama\"", "\"parrot\"", StringComparison.Ordinal));

        PoiseProcess.Result run = PoiseProcess.Run("run", folder.Path, "x");
        Assert.Equal(1, run.Code);
        AssertShort(run);
        foreach (string word in (string[])["Parrot", "gpt-oss", "llama", "gpt2"]) Assert.Contains(word, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Error);

        // Its container can be shown all the same.
        PoiseProcess.Result show = PoiseProcess.Run("show", folder.Path);
        Assert.Equal(0, show.Code);
        Assert.Contains("note:", show.Output, StringComparison.Ordinal);
        Assert.Contains("260,032", show.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', show.Output);
    }

    static void AssertShort(PoiseProcess.Result result)
    {
        Assert.Empty(result.Output);
        Assert.StartsWith("poise: ", result.Error, StringComparison.Ordinal);
        Assert.InRange(result.Error.TrimEnd('\n').Split('\n').Length, 1, 2);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
