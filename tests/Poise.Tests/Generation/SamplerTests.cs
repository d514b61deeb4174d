using Poise.Core.Generation;
using Poise.Tensors;

namespace Poise.Tests.Generation;

/// <summary>The sampler against its naive twin: equal ids in every case.</summary>
public sealed class SamplerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void EveryChoiceIsThatOfTheTwin(int seed)
    {
        var random = new Random(seed);
        int choices = 0, greedy = 0;
        for (int n = 0; n < 3000; n++)
        {
            int size = random.Next(10) switch { 0 => random.Next(1, 4), 1 => random.Next(1000, 3000), _ => random.Next(4, 200) };
            GenerationOptions options = SampleOptions.Next(random, size);
            int[] prompt = [.. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(size))];
            bool isMasked = random.Next(3) == 0;
            int modulus = random.Next(1, 5);
            bool Allowed(int id) => (id + modulus) % modulus == 0 || id % 7 == 1;
            if (isMasked) options = options with { Mask = () => new PatternMask(Allowed, size) };
            var sampler = new SequenceSampler(options, prompt, size);
            for (int step = 0; step < 5; step++)
            {
                float[] logits = SampleLogits.Next(random, size);
                int[] before = [.. sampler.Generated];
                int expected = NaiveSampler.Choose(logits, options, prompt, before, isMasked ? Allowed : null);
                if (expected == NaiveSampler.Impossible)
                {
                    Assert.Throws<PoiseException>(() => sampler.Next(logits));
                    continue;
                }

                int found = sampler.Next(logits).Id;
                Assert.True(expected == found, $"case {n}, step {step}: expected {expected}, found {found}; {options}");
                Assert.Equal(prompt.Length + before.Length + 1, sampler.Position);
                choices++;
                if (options.Temperature == 0) greedy++;
            }
        }
        output.WriteLine($"{choices} choices, {greedy} of them greedy");
        Assert.True(choices > 10_000);
    }

    [Fact]
    public void AWholeVocabularyIsThatOfTheTwin()
    {
        const int Size = 201_088;
        var random = new Random(5);
        GenerationOptions[] all =
        [
            new() { Temperature = 1 }, new() { Temperature = 2 }, new() { Temperature = 0.7, TopK = 40, TopP = 0.9 }, new() { Temperature = 1, TopP = 0.95 },
            new() { Temperature = 1, TopP = 0.999, MinP = 0.01 }, new() { Temperature = 1, TopK = 100_000 }, new(),
        ];
        foreach (GenerationOptions each in all)
            foreach (SampleLogits.Shape shape in Enum.GetValues<SampleLogits.Shape>())
            {
                GenerationOptions options = each with { Seed = (ulong)random.NextInt64() };
                float[] logits = SampleLogits.Next(random, Size, shape);
                Assert.Equal(NaiveSampler.Choose(logits, options, [1, 2], [], null), new SequenceSampler(options, [1, 2], Size).Next(logits).Id);
            }
    }

    [Fact]
    public void TheLikelierTokenComesSoMuchMoreOften()
    {
        // Probabilities 0.1, 0.2, 0.3, 0.4; the bound is five standard deviations.
        float[] logits = [.. Enumerable.Range(1, 4).Select(i => (float)Math.Log(i))];
        var options = new GenerationOptions { Temperature = 1, Seed = 11 };
        const int Draws = 100_000;
        int[] counts = new int[4];
        for (int position = 0; position < Draws; position++) counts[Sampler.Choose(logits, options, position)]++;
        for (int i = 0; i < 4; i++)
        {
            double p = (i + 1) / 10.0;
            Assert.InRange(counts[i], Draws * p - 5 * Math.Sqrt(Draws * p * (1 - p)), Draws * p + 5 * Math.Sqrt(Draws * p * (1 - p)));
        }
    }

    [Fact]
    public void BrokenLogitsAreErrors()
    {
        float[] nan = [1, 2, float.NaN, 4, 5, 6, 7, 8, 9, 10, 11];
        foreach (GenerationOptions options in (GenerationOptions[])[new(), new() { Temperature = 1 }, new() { Temperature = 1, TopK = 2, LogitBias = new Dictionary<int, double> { [1] = 1 } }])
        {
            Assert.Contains("NaN as the logit of token 2", Fails(options, nan), StringComparison.Ordinal);
            Assert.Contains("token 1 is infinite", Fails(options, [1, float.PositiveInfinity, 3]), StringComparison.Ordinal);
            Assert.Contains("No token can come next", Fails(options, [float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity]), StringComparison.Ordinal);
            Assert.Contains("No token can come next", Fails(options with { Mask = () => new PatternMask(_ => false, 3) }, [1, 2, 3]), StringComparison.Ordinal);
        }

        // A mask must not hide damage.
        Assert.Contains("NaN", Fails(new() { Mask = () => new PatternMask(id => id != 2, 11) }, nan), StringComparison.Ordinal);
    }

    [Fact]
    public void AMaskMayLeaveEverythingFree()
    {
        var sampler = new SequenceSampler(new GenerationOptions { Mask = () => new FreeMask() }, [], 3);
        Assert.Equal(2, sampler.Next([1, 2, 3]).Id);
    }

    [Fact]
    public void TheCompanyDoesNotMatter()
    {
        var random = new Random(3);
        var options = new GenerationOptions { Temperature = 1, TopP = 0.9, Seed = 4, RepetitionPenalty = 1.2, TopLogProbs = 3 };
        float[][] rows = [.. Enumerable.Range(0, 50).Select(_ => SampleLogits.Next(random, 5000))];
        int[] alone = Run();
        int[][] together = new int[8][];
        Parallel.For(0, 8, i => together[i] = Run());
        Assert.All(together, ids => Assert.Equal(alone, ids));

        int[] Run()
        {
            var sampler = new SequenceSampler(options, [1, 2, 3], 5000);
            return [.. rows.Select(row => sampler.Next(row).Id)];
        }
    }

    [Fact]
    public void ChoosingChangesNothing()
    {
        var sampler = new SequenceSampler(new GenerationOptions { Temperature = 1, FrequencyPenalty = 2 }, [], 100);
        float[] logits = SampleLogits.Next(new Random(1), 100);
        int id = sampler.Choose(logits).Id;
        Assert.Equal(id, sampler.Choose(logits).Id);
        Assert.Equal(id, sampler.Next(logits).Id);
        Assert.Equal([id], sampler.Generated);
    }

    static string Fails(GenerationOptions options, float[] logits) =>
        Assert.Throws<PoiseException>(() => new SequenceSampler(options, [], logits.Length).Next(logits)).Message;

    sealed class PatternMask(Func<int, bool> isAllowed, int size) : ITokenMask
    {
        public bool TryFill(Span<ulong> allowed)
        {
            foreach (ulong word in allowed) Assert.Equal(0UL, word);
            for (int id = 0; id < size; id++)
                if (isAllowed(id)) allowed[id / 64] |= 1UL << id % 64;
            return true;
        }

        public void Accept(int id) => Assert.True(isAllowed(id));
    }

    sealed class FreeMask : ITokenMask
    {
        public bool TryFill(Span<ulong> allowed) => false;

        public void Accept(int id)
        {
        }
    }
}
