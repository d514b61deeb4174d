using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors.Kernels;
using Poise.Tests.Support;

namespace Poise.Tests.Conformance;

/// <summary>The same bits with AVX-512, with AVX2, with 128-bit vectors and in plain software: child processes with instructions switched off.</summary>
public class InstructionSetTests(ITestOutputHelper output)
{
    const string FileVariable = "POISE_DIGEST_FILE";

    static readonly string[] s_models =
        ["models/gpt-oss-mxfp4", "models/llama3.1", "models/gpt2", "gguf/quant/gpt-oss-wide-MXFP4_MOE", "gguf/quant/llama-wide-Q4_K_M",
         "gguf/twins/gemma2-plain", "gguf/twins/qwen3-moe", "gguf/twins/deepseek-v3"];

    /// <summary>The child processes run this one and hand the digests back in a file.</summary>
    [Fact]
    public void DigestsAreTheSameTwice()
    {
        string[] digests = Digests();
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file) File.WriteAllLines(file, [Instructions, .. digests]);
        else Assert.Equal(digests, Digests());
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "AVX-512 False")]
    [InlineData("DOTNET_EnableAVX2", "AVX-512 False, AVX2 False")]
    [InlineData("DOTNET_EnableAVX", "AVX-512 False, AVX2 False")]
    [InlineData("DOTNET_EnableHWIntrinsic", "AVX-512 False, AVX2 False, 128-bit False")]
    public async Task WithoutInstructions(string variable, string without)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("digests");
        Stopwatch watch = Stopwatch.StartNew();
        string printed = await TestProcess.RunAsync(Child(variable, file, folder.Path), $"{variable}=0");
        Assert.True(File.Exists(file), $"{variable}=0: no digests\n{printed}");
        string[] lines = await File.ReadAllLinesAsync(file);
        if (X86Base.IsSupported) Assert.StartsWith(without, lines[0], StringComparison.Ordinal);
        Assert.Equal(Digests(), lines[1..]);
        output.WriteLine($"{variable}=0: {lines[0]}, as with {Instructions}; {watch.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>What this process may use: proof that the switch did something.</summary>
    static string Instructions => $"AVX-512 {Lanes512.IsSupported}, AVX2 {Lanes256.IsSupported}, 128-bit {Vector128.IsHardwareAccelerated}";

    static string[] Digests()
    {
        var digests = new List<string>();
        foreach (string name in s_models)
        {
            string folder = Shared.Golden(name.Split('/')), file = Path.Combine(folder, "model.gguf");
            using ModelPackage package = ModelPackage.Open(File.Exists(file) ? file : folder);
            foreach (ActivationPrecision activations in (ActivationPrecision[])[ActivationPrecision.Int8, ActivationPrecision.F32])
            {
                using Model model = package.Load(new LoadOptions { Activations = activations, Threads = 2 });
                // Few tokens: fused multiply-add in software is slow.
                int[] tokens = LogitsDigest.Tokens(model.Config, 6);
                digests.Add($"{name} {activations} {LogitsDigest.InChunks(model, tokens, 4)}");
            }
        }

        return [.. digests];
    }

    static ProcessStartInfo Child(string variable, string file, string results)
    {
        ProcessStartInfo start = TestProcess.Start($"{typeof(InstructionSetTests).FullName}.{nameof(DigestsAreTheSameTwice)}", results);
        start.Environment[variable] = "0";
        start.Environment[FileVariable] = file;
        return start;
    }
}
