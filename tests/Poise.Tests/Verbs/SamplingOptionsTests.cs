using System.CommandLine;
using System.Text.Json;
using Poise.Cli.Verbs;
using Poise.Core.Generation;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>The options about sampling: what they build, what they refuse, and what <c>poise run</c> makes of them.</summary>
public sealed class SamplingOptionsTests
{
    const string Stories = "tests/golden/models/stories260K";
    const string Prompt = "Once upon a time";
    const int Vocabulary = 512;

    [Fact]
    public void EveryOptionArrives()
    {
        GenerationOptions options = Build(modelDefaults: false, new GenerationOptions(),
            "--max-tokens 7 --temperature 0.5 --top-k 40 --top-p 0.9 --min-p 0.05 --repetition-penalty 1.2 --penalty-window 64 --frequency-penalty -0.5 " +
            "--presence-penalty 0.25 --logit-bias 5=-100 --logit-bias 6=2.5 --seed 9 --stop END --stop \n\n --stop-id 3 --stop-id 4 --top-logprobs 5");
        Assert.Equal(new Dictionary<int, double> { [5] = -100, [6] = 2.5 }, options.LogitBias);
        Assert.Equal(["END", "\n\n"], options.StopStrings);
        Assert.Equal([3, 4], options.StopIds);
        Assert.Equal((7, 0.5, 40, 0.9, 0.05), (options.MaxTokens, options.Temperature, options.TopK, options.TopP, options.MinP));
        Assert.Equal((1.2, 64, -0.5, 0.25, 9UL, 5), (options.RepetitionPenalty, options.PenaltyWindow, options.FrequencyPenalty, options.PresencePenalty, options.Seed, options.TopLogProbs));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatNobodyWroteStays(bool modelDefaults)
    {
        var standard = new GenerationOptions { Temperature = 0.6, TopK = 20, TopP = 0.95, MinP = 0.1, RepetitionPenalty = 1.1, MaxTokens = 99, StopIds = [7], TopLogProbs = 2 };
        Assert.Equal(standard, Build(modelDefaults, standard, ""));
        Assert.Equal(standard with { TopK = 0 }, Build(modelDefaults, standard, "--top-k 0"));
    }

    [Fact]
    public void IdsBeyondTheVocabularyAreRefused()
    {
        Assert.Throws<PoiseException>(() => Build(false, new GenerationOptions(), "--stop-id 512"));
        Assert.Throws<PoiseException>(() => Build(false, new GenerationOptions(), "--logit-bias 512=1"));
    }

    [Theory]
    [InlineData("--top-k takes a whole number", "--top-k -1")]
    [InlineData("--min-p takes a number from 0 to 1", "--min-p 1.5")]
    [InlineData("--repetition-penalty takes a number from 0.01 to 10", "--repetition-penalty 0")]
    [InlineData("--frequency-penalty takes a number from -2 to 2", "--frequency-penalty 3")]
    [InlineData("--presence-penalty takes a number from -2 to 2", "--presence-penalty NaN")]
    [InlineData("--logit-bias takes a token's id, '=', and a number from -100 to 100", "--logit-bias 5")]
    [InlineData("not '5=101'", "--logit-bias 5=101")]
    [InlineData("not '-5=1'", "--logit-bias=-5=1")]
    [InlineData("names the id 5 twice", "--logit-bias 5=1 --logit-bias 5=2")]
    [InlineData("--stop-id takes a token's id", "--stop-id end")]
    [InlineData("--top-logprobs takes a whole number from 0 to 20, not '21'", "--top-logprobs 21")]
    public void MisuseIsNamed(string message, string line)
    {
        var command = new Command("x");
        new SamplingOptions(modelDefaults: false).AddTo(command);
        Assert.Contains(message, string.Join(' ', command.Parse(line.Split(' ')).Errors.Select(e => e.Message)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public void StopStringsHaveALength(int length)
    {
        var command = new Command("x");
        new SamplingOptions(modelDefaults: false).AddTo(command);
        Assert.Contains("--stop takes a text of 1 to 256 characters", Assert.Single(command.Parse(["--stop", new string('a', length)]).Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStopStringEndsTheAnswerBeforeIt()
    {
        string story = PoiseProcess.Run("run", Stories, Prompt, "--max-tokens", "60").Output;
        string stop = story.Substring(story.Length / 2, 9);
        PoiseProcess.Result cut = PoiseProcess.Run("run", Stories, Prompt, "--max-tokens", "60", "--stop", stop);
        Assert.Equal(0, cut.Code);
        Assert.Equal(story[..story.IndexOf(stop, StringComparison.Ordinal)] + "\n", cut.Output);
        Assert.Equal(story, PoiseProcess.Run("run", Stories, Prompt, "--max-tokens", "60", "--stop", "never written").Output);
    }

    [Fact]
    public void TokensComeAsLinesWithTheirLogProbabilities()
    {
        PoiseProcess.Result result = PoiseProcess.Run("run", Stories, Prompt, "--max-tokens", "20", "--top-logprobs", "3");
        string text = PoiseProcess.Run("run", Stories, Prompt, "--max-tokens", "20").Output;
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20, lines.Length);
        var joined = new System.Text.StringBuilder();
        foreach (string line in lines)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement, top = root.GetProperty("top");
            Assert.Equal(3, top.GetArrayLength());
            // Greedy: the chosen token is the likeliest.
            Assert.Equal(root.GetProperty("id").GetInt32(), top[0].GetProperty("id").GetInt32());
            Assert.Equal(root.GetProperty("logprob").GetDouble(), top[0].GetProperty("logprob").GetDouble());
            Assert.InRange(top[1].GetProperty("logprob").GetDouble(), -30, top[0].GetProperty("logprob").GetDouble());
            joined.Append(root.GetProperty("text").GetString());
        }
        Assert.Equal(text.TrimEnd('\n'), joined.ToString().TrimEnd('\n'));
    }

    [Fact]
    public void ABannedTokenNeverComes()
    {
        string[] command = ["run", Stories, Prompt, "--max-tokens", "1", "--top-logprobs", "0"];
        int first = FirstId(PoiseProcess.Run(command)), second = FirstId(PoiseProcess.Run([.. command, "--logit-bias", $"{first}=-100"]));
        Assert.NotEqual(first, second);
        // The stop token itself is not part of the answer.
        Assert.Empty(PoiseProcess.Run([.. command, "--stop-id", $"{first}"]).Output);
    }

    static int FirstId(PoiseProcess.Result result)
    {
        using JsonDocument json = JsonDocument.Parse(result.Output.Split('\n')[0]);
        return json.RootElement.GetProperty("id").GetInt32();
    }

    static GenerationOptions Build(bool modelDefaults, GenerationOptions standard, string line)
    {
        var command = new Command("x");
        var sampling = new SamplingOptions(modelDefaults);
        sampling.AddTo(command);
        ParseResult parsed = command.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(parsed.Errors);
        return sampling.Build(parsed, standard, Vocabulary);
    }
}
