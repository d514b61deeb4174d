using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors.Matrices;
using Poise.Tests.Support;

namespace Poise.Tests.Conformance;

/// <summary>
/// The numerics contract on whole models: the same bits however a prompt is cut, on any number of threads, wherever the
/// weights lie, and whatever else is in the batch.
/// Not beside other tests: threads that outnumber the cores wait for the scheduler at every fork.
/// </summary>
[Collection(nameof(BitEqualityTests))]
[CollectionDefinition(nameof(BitEqualityTests), DisableParallelization = true)]
public class BitEqualityTests(ITestOutputHelper output)
{
    static readonly string[] s_project =
        ["models/gpt-oss-mxfp4", "models/gpt-oss-dense", "models/llama3.1", "models/gpt2", "gguf/quant/gpt-oss-wide-MXFP4_MOE", "gguf/quant/llama-wide-Q4_K_M",
         "gguf/twins/gemma2-plain", "gguf/twins/qwen3-moe", "gguf/twins/deepseek-v3"];

    static readonly string[] s_shared = ["gguf/quant/llama-wide-Q8_0", "gguf/quant/llama-wide-Q2_K", "gguf/quant/llama-wide-IQ4_XS", "gguf/quant/qwen3-moe-wide-Q4_K_M", "models/deepseek-v3-fp8"];

    public static TheoryData<string, ActivationPrecision> Project => Cases(s_project);

    public static TheoryData<string, ActivationPrecision> Others => Cases(s_shared);

    [Theory]
    [MemberData(nameof(Project))]
    public void TheProjectsModels(string folder, ActivationPrecision activations) => Check(Shared.Golden(folder.Split('/')), folder, activations);

    [Theory]
    [MemberData(nameof(Others))]
    public void TheOtherModels(string folder, ActivationPrecision activations) => Check(Shared.Get(["golden", .. folder.Split('/')]), folder, activations);

    void Check(string folder, string name, ActivationPrecision activations)
    {
        string file = Path.Combine(folder, "model.gguf");
        using ModelPackage package = ModelPackage.Open(File.Exists(file) ? file : folder);
        string expected;
        int[] tokens;
        using (Model model = package.Load(Options(2, WeightPlacement.Mapped)))
        {
            // Longer than a pass of 256 rows, and than the windows, where the context allows.
            tokens = LogitsDigest.Tokens(model.Config, 300);
            expected = LogitsDigest.InChunks(model, tokens, tokens.Length);
            foreach (int chunk in (int[])[1, 2, 3, 5, 7, 16, 100])
                Assert.True(expected == LogitsDigest.InChunks(model, tokens, chunk), $"{name}: chunks of {chunk} differ");
            foreach (int chunk in (int[])[1, 13, tokens.Length])
                Assert.True(expected == LogitsDigest.InCompany(model, tokens, chunk), $"{name}: in a batch with others, chunks of {chunk} differ");
        }

        foreach (WeightPlacement placement in (WeightPlacement[])[WeightPlacement.Mapped, WeightPlacement.Packed])
        {
            foreach (int threads in (int[])[1, 2, 3])
            {
                using Model model = package.Load(Options(threads, placement));
                foreach (int chunk in threads == 3 ? (int[])[tokens.Length] : [tokens.Length, 33])
                    Assert.True(expected == LogitsDigest.InChunks(model, tokens, chunk), $"{name}: {placement}, {threads} threads, chunks of {chunk} differ");
            }
        }

        // Packed while it runs: from the file, half-way, and packed.
        using (Model model = package.Load(Options(2, WeightPlacement.Packed) with { Background = true }))
        {
            for (int round = 0; round < 3; round++) Assert.True(expected == LogitsDigest.InChunks(model, tokens, 50), $"{name}: packing in the background, round {round} differs");
            Assert.True(model.Prepared.Wait(TimeSpan.FromMinutes(1)), "packing does not end");
            Assert.True(expected == LogitsDigest.InChunks(model, tokens, 50), $"{name}: packed in the background differs");
        }

        // Experts from the disk: room for none, some and all, which come and go while it runs.
        if (activations == ActivationPrecision.Int8 && MemoryForecast.StreamableBytes(package) is > 0 and var experts)
        {
            foreach (long room in (long[])[1, experts / 5, experts / 2, 2 * experts])
            {
                using Model model = package.Load(Options(2, WeightPlacement.Streamed) with { ExpertBytes = room });
                foreach (int chunk in (int[])[tokens.Length, 50, 1, 50])
                    Assert.True(expected == LogitsDigest.InChunks(model, tokens, chunk), $"{name}: streamed with room for {room} bytes, chunks of {chunk} differ");
                StreamingStatistics streaming = model.Streaming!.Value;
                Assert.InRange(streaming.KeptBytes, 0, room);
                Assert.Equal(room > experts, streaming.Kept == streaming.Groups);
            }
        }

        // Closed before it is packed.
        package.Load(Options(2, WeightPlacement.Packed) with { Background = true }).Dispose();

        output.WriteLine($"{name} {activations}: {tokens.Length} tokens, {expected[..16]}");

        LoadOptions Options(int threads, WeightPlacement placement) => new() { Activations = activations, Threads = threads, Placement = placement };
    }

    static TheoryData<string, ActivationPrecision> Cases(string[] folders) =>
        new(from folder in folders from a in (ActivationPrecision[])[ActivationPrecision.Int8, ActivationPrecision.F32] select (folder, a));
}
