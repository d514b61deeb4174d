using System.Globalization;
using Poise.Core.Generation;
using Poise.Tensors;

namespace Poise.Tests.Generation;

/// <summary>Every option names itself and its range.</summary>
public sealed class GenerationOptionsTests
{
    const int Vocabulary = 100;

    public static TheoryData<string, GenerationOptions> Wrong => new()
    {
        { "max tokens must be at least 1", new() { MaxTokens = 0 } },
        { "temperature must be from 0 to 2; it is 2.5", new() { Temperature = 2.5 } },
        { "temperature must be from 0 to 2", new() { Temperature = double.NaN } },
        { "top-k must be 0", new() { TopK = -1 } },
        { "top-p must be above 0 and at most 1", new() { TopP = 0 } },
        { "top-p must be above 0 and at most 1", new() { TopP = double.NaN } },
        { "min-p must be from 0 to 1", new() { MinP = 1.5 } },
        { "repetition penalty must be from 0.01 to 10", new() { RepetitionPenalty = 0 } },
        { "penalty window", new() { PenaltyWindow = -1 } },
        { "frequency penalty must be from -2 to 2", new() { FrequencyPenalty = 3 } },
        { "presence penalty must be from -2 to 2", new() { PresencePenalty = -2.1 } },
        { "top log-probabilities must be from 0 to 20", new() { TopLogProbs = 21 } },
        { "logit bias of id 5 must be from -100 to 100", new() { LogitBias = new Dictionary<int, double> { [5] = 101 } } },
        { "tokens, which are 0 to 99", new() { LogitBias = new Dictionary<int, double> { [100] = 1 } } },
        { "at most 1024", new() { LogitBias = Enumerable.Range(0, 1025).ToDictionary(i => i, _ => 1.0) } },
        { "stop ids: id -1", new() { StopIds = [-1] } },
        { "stop strings must be at most 16", new() { StopStrings = [.. Enumerable.Repeat("x", 17)] } },
        { "a stop string must be of 1 to 256", new() { StopStrings = ["x", ""] } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void WhatIsOutOfRangeIsNamed(string message, GenerationOptions options)
    {
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = "," } };
        Assert.Contains(message, Assert.Throws<PoiseException>(() => options.Validate(Vocabulary)).Message, StringComparison.Ordinal);
        Assert.Throws<PoiseException>(() => new SequenceSampler(options, [], Vocabulary));
    }

    [Fact]
    public void TheEndsOfTheRangesAreAllowed()
    {
        var bias = new Dictionary<int, double> { [0] = -100, [99] = 100 };
        new GenerationOptions().Validate(Vocabulary);
        new GenerationOptions
        {
            MaxTokens = 1, Temperature = 2, TopK = int.MaxValue, TopP = double.Epsilon, MinP = 1, RepetitionPenalty = 10, PenaltyWindow = int.MaxValue,
            FrequencyPenalty = -2, PresencePenalty = 2, LogitBias = bias, StopIds = [0, 99], StopStrings = [new string('x', 256)], TopLogProbs = 20,
        }.Validate(Vocabulary);
    }

    [Fact]
    public void EndingsAreTheModelsAndOnesOwn()
    {
        Assert.Equal([1, 2, 7], new GenerationOptions { StopIds = [7] }.EndingIds([1, 2]).Order());
        Assert.Equal([7], new GenerationOptions { StopIds = [7], StopAtEnd = false }.EndingIds([1, 2]));
    }
}
