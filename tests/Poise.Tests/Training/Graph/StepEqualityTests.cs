using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Poise.Core.Training;
using Poise.Core.Training.Graph;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Graph;

/// <summary>The gradients of a step have the same bits whatever computes them: threads, vector width, recomputation, packing order.</summary>
public sealed class StepEqualityTests(ITestOutputHelper output)
{
    const string FileVariable = "POISE_GRADIENT_FILE";

    [Fact]
    public void ThreadsAndRecomputation()
    {
        string expected = Digest(1, recomputes: true);
        Assert.Equal(expected, Digest(2, recomputes: true));
        Assert.Equal(expected, Digest(3, recomputes: true));
        Assert.Equal(expected, Digest(2, recomputes: false));
    }

    /// <summary>The child processes run this one and hand the digest back in a file.</summary>
    [Fact]
    public void TheSameTwice()
    {
        string digest = Digest(2, recomputes: true);
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file) File.WriteAllText(file, digest);
        else Assert.Equal(digest, Digest(2, recomputes: true));
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task WithoutInstructions(string variable)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("digest");
        ProcessStartInfo start = TestProcess.Start($"{typeof(StepEqualityTests).FullName}.{nameof(TheSameTwice)}", folder.Path);
        start.Environment[variable] = "0";
        start.Environment[FileVariable] = file;
        string printed = await TestProcess.RunAsync(start, $"{variable}=0");
        Assert.True(File.Exists(file), $"{variable}=0: no digest\n{printed}");
        Assert.Equal(Digest(2, recomputes: true), await File.ReadAllTextAsync(file));
        output.WriteLine($"{variable}=0: the same bits");
    }

    /// <summary>A document's share of the gradients does not change with what else is in the batch: its log probabilities neither.</summary>
    [Fact]
    public void ADocumentAloneAndPacked()
    {
        using TrainingGolden golden = TrainingGolden.OpenCompact("grad-gpt_oss_mxfp4");
        using TrainingModel model = golden.Load(_ => false);
        using var tape = new Tape(2) { Gradients = false };
        TrainingBatch batch = golden.Batch("packed");
        float[] packed = model.LogProbabilities(tape, batch).Value.All.ToArray();
        tape.Clear();
        for (int d = 0; d < batch.Starts.Length; d++)
        {
            int from = batch.Starts[d], to = d + 1 < batch.Starts.Length ? batch.Starts[d + 1] : batch.Rows;
            int[] tokens = batch.Tokens[from..to], labels = [TrainingBatch.Ignored, .. batch.Targets[from..(to - 1)]];
            float[] alone = model.LogProbabilities(tape, new TrainingBatch(tokens, labels, [0])).Value.All.ToArray();
            tape.Clear();
            Assert.Equal(packed[from..to], alone);
        }
    }

    static string Digest(int threads, bool recomputes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (TrainingGolden golden = TrainingGolden.OpenCompact("grad-gpt_oss_mxfp4"))
        {
            using TrainingModel model = golden.Load(n => !n.EndsWith("_proj", StringComparison.Ordinal));
            using var tape = new Tape(threads) { Recomputes = recomputes };
            TrainingBatch batch = golden.Batch("packed");
            Append(hash, [(float)model.Train(tape, batch, batch.TargetCount)], model.Parameters);
        }

        using (TrainingGolden golden = TrainingGolden.OpenCompact("lora-gpt_oss-mxfp4"))
        {
            var factors = new Dictionary<string, Parameter>();
            using TrainingModel model = golden.Load(_ => false, golden.Adapters(factors));
            using var tape = new Tape(threads) { Recomputes = recomputes };
            TrainingBatch batch = golden.Rows(0, 2);
            Append(hash, [(float)model.Train(tape, batch, batch.TargetCount)], factors.Values);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    static void Append(IncrementalHash hash, float[] loss, IEnumerable<Parameter> parameters)
    {
        hash.AppendData(MemoryMarshal.AsBytes(loss.AsSpan()));
        foreach (Parameter parameter in parameters) hash.AppendData(MemoryMarshal.AsBytes(parameter.Gradient.All));
    }
}
