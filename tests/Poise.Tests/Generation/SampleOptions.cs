using Poise.Core.Generation;

namespace Poise.Tests.Generation;

/// <summary>Seeded options over their whole ranges, ends included.</summary>
static class SampleOptions
{
    public static GenerationOptions Next(Random random, int size)
    {
        double Between(double minimum, double maximum, double off) => random.Next(5) switch
        {
            0 => minimum,
            1 => maximum,
            2 => off,
            _ => minimum + random.NextDouble() * (maximum - minimum),
        };

        var bias = new Dictionary<int, double>();
        for (int n = random.Next(-3, 4); n > 0; n--) bias[random.Next(size)] = Between(-100, 100, 0);
        return new GenerationOptions
        {
            Temperature = random.Next(12) switch { 0 => 0, 1 => 1e-310, 2 => 1e-6, 3 => 2, < 7 => 1, _ => random.NextDouble() * 2 },
            TopK = random.Next(3) switch { 0 => 0, 1 => random.Next(1, 5), _ => random.Next(1, size + 3) },
            TopP = random.Next(3) == 0 ? 1 : Between(1e-12, 1, 1),
            MinP = random.Next(3) == 0 ? Between(0, 1, 0.05) : 0,
            RepetitionPenalty = random.Next(2) == 0 ? 1 : Between(0.01, 10, 1.1),
            PenaltyWindow = random.Next(2) == 0 ? 0 : random.Next(1, 6),
            FrequencyPenalty = random.Next(2) == 0 ? 0 : Between(-2, 2, 0),
            PresencePenalty = random.Next(2) == 0 ? 0 : Between(-2, 2, 0),
            LogitBias = bias,
            Seed = (ulong)random.NextInt64(),
            TopLogProbs = random.Next(3) == 0 ? random.Next(21) : null,
        };
    }
}
