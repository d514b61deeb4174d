using System.Text;
using Poise.Core.Training;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tensors.Threading;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>The chain over a transcript, its resumption, and where two of them differ first.</summary>
public sealed class TranscriptTests
{
    static readonly Recipe s_recipe = Recipe.Parse("model: tiny\ndata: {train: [a.jsonl, b.jsonl]}\nadapter: {r: 4}\noptimizer: {learning_rate: 1e-3}");

    static TranscriptHeader Header(Recipe? recipe = null) => new((recipe ?? s_recipe).ToCanonicalYaml(), (recipe ?? s_recipe).Digest, CodeVersion.Current, "base digest",
        "tokenizer digest", [new TranscriptFile("a.jsonl", "digest a"), new TranscriptFile("b.jsonl", "digest b")], 7, "initial");

    static TranscriptStep Step(long step) =>
        new(step, step / 10, $"batch {step}", 100 + step, 1e-3 / step, 5 - 0.1 * step, step == 13 ? double.PositiveInfinity : 1.0 / 3 * step, step % 5 == 0 ? $"weights {step}" : null);

    static IEnumerable<TranscriptEntry> Entries(long from, long to)
    {
        for (long step = from; step <= to; step++)
        {
            yield return Step(step);
            if (step % 10 == 0) yield return new TranscriptEvaluation(step, 1000, 4.5 - 0.01 * step);
        }
        if (to == 20) yield return new TranscriptEnd(20, "finished", "final");
    }

    static string WriteAll(TemporaryFolder folder, string name = "transcript.jsonl", Func<TranscriptEntry, TranscriptEntry>? change = null, TranscriptHeader? header = null)
    {
        string path = folder.File(name);
        using TranscriptWriter writer = TranscriptWriter.Create(path, header ?? Header());
        foreach (TranscriptEntry entry in Entries(1, 20)) writer.Append(change?.Invoke(entry) ?? entry);
        return path;
    }

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using var folder = new TemporaryFolder();
        Transcript transcript = Transcript.Read(WriteAll(folder));
        Assert.Equal(Entries(1, 20), transcript.Entries);
        Assert.Equal(Header().Data, transcript.Header.Data);
        Assert.Equal(Header() with { Data = transcript.Header.Data }, transcript.Header);
        Assert.Equal((24L, true), (transcript.End.Lines, transcript.IsWhole));
        Assert.Equal(s_recipe.Digest, Recipe.Parse(transcript.Header.Recipe).Digest);
        Assert.Matches(@"^\d+\.\d+\.\d+", CodeVersion.Current);
    }

    [Fact]
    public void EveryBitIsUnderTheChain()
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(WriteAll(folder));
        for (uint i = 0; i < 600; i++)
        {
            (uint where, uint bit, _, _) = Philox.Generate(i, 0, 0);
            int at = (int)(where % good.Length);
            byte[] bad = (byte[])good.Clone();
            bad[at] ^= (byte)(1 << (int)(bit % 8));
            int line = 1 + good[..at].Count(b => b == '\n');
            // Without its last line feed the file looks like one that was being written.
            if (at == good.Length - 1)
            {
                Assert.False(Transcript.Read(new MemoryStream(bad), "t").IsWhole);
                continue;
            }
            string message = Assert.Throws<BrokenChainException>(() => Transcript.Read(new MemoryStream(bad), "t")).Message;
            Assert.StartsWith($"t: the chain breaks at line {line}: ", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void LinesCannotBeLeftOutMovedOrMadeUp()
    {
        using var folder = new TemporaryFolder();
        string[] lines = File.ReadAllLines(WriteAll(folder));
        string[] foreign = File.ReadAllLines(WriteAll(folder, "other", entry => entry is TranscriptStep { Step: 3 } s ? s with { Loss = 1 } : entry));
        AssertBreaks(5, [.. lines[..4], .. lines[5..]]);
        AssertBreaks(5, [.. lines[..4], lines[5], lines[4], .. lines[6..]]);
        AssertBreaks(6, [.. lines[..5], lines[4], .. lines[5..]]);
        AssertBreaks(5, [.. lines[..3], foreign[3], .. lines[4..]]);
        AssertBreaks(1, lines[1..]);

        static void AssertBreaks(int line, string[] lines) => Assert.Contains($"breaks at line {line}:",
            Assert.Throws<BrokenChainException>(() => Transcript.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")), "t")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AResumedRunEndsInTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(WriteAll(folder));
        string path = folder.File("resumed");
        TranscriptPosition checkpoint;
        using (TranscriptWriter writer = TranscriptWriter.Create(path, Header()))
        {
            foreach (TranscriptEntry entry in Entries(1, 8)) writer.Append(entry);
            checkpoint = writer.Commit();
            foreach (TranscriptEntry entry in Entries(9, 12)) writer.Append(entry);
        }
        // Killed in the middle of a line.
        File.AppendAllText(path, "{\"line\":99,\"ki");
        Assert.False(Transcript.Read(path).IsWhole);
        Assert.Equal(12, Transcript.Read(path).Steps.Last().Step);
        using (TranscriptWriter writer = TranscriptWriter.Resume(path, checkpoint))
            foreach (TranscriptEntry entry in Entries(9, 20)) writer.Append(entry);
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void ATranscriptOfAnotherRunIsNotResumed()
    {
        using var folder = new TemporaryFolder();
        string path = WriteAll(folder);
        Assert.Contains("another run", Assert.Throws<PoiseException>(() => TranscriptWriter.Resume(path, new TranscriptPosition(5, "x"))).Message, StringComparison.Ordinal);
        Assert.Contains("another run", Assert.Throws<PoiseException>(() => TranscriptWriter.Resume(path, new TranscriptPosition(50, "x"))).Message, StringComparison.Ordinal);
        Assert.Throws<PoiseException>(() => TranscriptWriter.Create(path, Header()));
        Assert.Equal(24, Transcript.Read(path).End.Lines);
    }

    [Fact]
    public void TheFirstDifferenceIsTheCauseAndNotItsEffects()
    {
        // A bit of the data, and everything that follows from it.
        AssertDifference(7, "batch", e => e is TranscriptStep { Step: >= 7 } s ? s with { Batch = s.Step == 7 ? "other" : s.Batch, Loss = s.Loss + 1e-9, GradientNorm = 2, Weights = s.Weights is null ? null : "w" } : e);
        AssertDifference(8, "loss", e => e is TranscriptStep { Step: >= 8 } s ? s with { Loss = Math.BitIncrement(s.Loss), Weights = s.Weights is null ? null : "w" } : e);
        AssertDifference(4, "gradient_norm", e => e is TranscriptStep { Step: 4 } s ? s with { GradientNorm = Math.BitIncrement(s.GradientNorm) } : e);
        AssertDifference(3, "learning_rate", e => e is TranscriptStep { Step: >= 3 } s ? s with { LearningRate = s.LearningRate / 2, Loss = 1 } : e);
        AssertDifference(10, "weights", e => e is TranscriptStep { Step: 10 } s ? s with { Weights = "other" } : e);
        AssertDifference(20, "evaluation loss", e => e is TranscriptEvaluation { Step: 20 } v ? v with { Loss = 0 } : e);
        AssertDifference(20, "final weights", e => e is TranscriptEnd end ? end with { Weights = "other" } : e);
        // Digests at other steps are no difference.
        AssertDifference(null, "", e => e is TranscriptStep { Step: 10 } s ? s with { Weights = null } : e);
        // Nor is what lies outside of the steps that are asked for.
        AssertDifference(null, "", e => e is TranscriptStep { Step: 3 } s ? s with { Loss = 0 } : e, from: 4);
        AssertDifference(null, "", e => e is TranscriptStep { Step: 13 } s ? s with { Loss = 0 } : e, to: 12);
    }

    [Fact]
    public void WhatTheRunsStartedFromComesFirst()
    {
        Recipe other = Recipe.Parse(s_recipe.ToCanonicalYaml().Replace("learning_rate: 0.001", "learning_rate: 0.002", StringComparison.Ordinal));
        TranscriptDifference recipe = AssertDifference(0, "recipe, optimizer", e => e, Header(other))!;
        Assert.Equal("recipe, optimizer: learning_rate: 0.001 and learning_rate: 0.002", recipe.ToString());
        AssertDifference(0, "base", e => e, Header() with { Base = "x" });
        AssertDifference(0, "tokenizer", e => e, Header() with { Tokenizer = "x" });
        AssertDifference(0, "data b.jsonl", e => e is TranscriptStep s ? s with { Batch = "x" } : e, Header() with { Data = [Header().Data[0], new TranscriptFile("b.jsonl", "x")] });
        AssertDifference(0, "seed", e => e, Header() with { Seed = 8 });
        AssertDifference(0, "initial_weights", e => e, Header() with { InitialWeights = "x" });
        AssertDifference(0, "code", e => e, Header() with { Code = "x" });
    }

    [Fact]
    public void OneBitOfOneWeightChangesTheDigest()
    {
        Parameter[] parameters = TrainingFixture.Parameters();
        using var one = new ComputePool(1);
        using var four = new ComputePool(4);
        string before = WeightsDigest.Compute(one, parameters);
        Assert.Equal(before, WeightsDigest.Compute(four, parameters));
        // The definition, spelled out by itself.
        var text = new StringBuilder();
        foreach (Parameter p in parameters)
        {
            byte[] bytes = [.. p.Value.All.ToArray().SelectMany(v => BitConverter.IsLittleEndian ? BitConverter.GetBytes(v) : [.. BitConverter.GetBytes(v).Reverse()])];
            text.Append(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))).Append(' ').Append(string.Join('x', p.Shape)).Append(' ').Append(p.Name).Append('\n');
        }
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))), before);

        IReadOnlyList<string> each = WeightsDigest.ComputeEach(four, parameters);
        ref float weight = ref parameters[3].Value.All[30_000];
        weight = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(weight) ^ 1);
        Assert.NotEqual(before, WeightsDigest.Compute(four, parameters));
        Assert.Equal([3], WeightsDigest.ComputeEach(four, parameters).Index().Where(d => d.Item != each[d.Index]).Select(d => d.Index));
        TrainingFixture.Dispose(parameters);
    }

    static TranscriptDifference? AssertDifference(long? step, string field, Func<TranscriptEntry, TranscriptEntry> change, TranscriptHeader? header = null, long from = 1, long to = long.MaxValue)
    {
        using var folder = new TemporaryFolder();
        Transcript left = Transcript.Read(WriteAll(folder)), right = Transcript.Read(WriteAll(folder, "other", change, header));
        TranscriptDifference? difference = TranscriptDifference.Find(left, right, from, to);
        Assert.Equal(step, difference?.Step);
        if (difference is not null) Assert.Equal(field, difference.Field);
        return difference;
    }
}
