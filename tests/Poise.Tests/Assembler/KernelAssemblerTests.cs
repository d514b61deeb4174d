using System.Globalization;
using Poise.Assembler;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tests.Conformance;
using Poise.Tests.Support;

namespace Poise.Tests.Assembler;

/// <summary>When kernels are assembled and when not, and that a model cannot tell.</summary>
[Collection("assembled kernels")]
public sealed class KernelAssemblerTests
{
    static readonly string[] s_models = ["models/gpt-oss-mxfp4", "gguf/quant/gpt-oss-wide-MXFP4_MOE", "gguf/quant/llama-wide-Q4_K_M"];

    /// <summary>All logits of prompts in chunks of 7 are the same bytes with assembled kernels and without.</summary>
    [Fact]
    public void AModelCannotTell()
    {
        if (!AssembledKernels.HasVnni()) Assert.Skip("This CPU, or the runtime's switches, have no AVX-512 VNNI.");
        string[] managed = Digests();
        var placed = new List<int>();
        var assembler = new KernelAssembler(code =>
        {
            lock (placed) placed.Add(code.Length);
            return ExecutableMemory.Place(code);
        });
        try
        {
            foreach (TensorType type in KernelAssembler.Formats) assembler.Prepare(type);
            Assert.SkipWhen(assembler.Describe().Contains("refuses", StringComparison.Ordinal), "The system refuses executable memory.");
            Assert.StartsWith("assembled for AVX-512 VNNI: MXFP4, ", assembler.Describe(), StringComparison.Ordinal);
            Assert.Equal(KernelAssembler.Formats.Count(), placed.Count);
            Assert.Equal(managed, Digests());
        }
        finally
        {
            foreach (TensorType type in KernelAssembler.Formats) KernelOverride.Set(type, 0);
        }
    }

    [Fact]
    public void ARefusalLeavesTheCSharpKernels()
    {
        var assembler = new KernelAssembler(_ => 0);
        assembler.Prepare(TensorType.MXFP4);
        Assert.Equal("C#; the system refuses executable memory", assembler.Describe());
        Assert.False(KernelOverride.Has(TensorType.MXFP4));
    }

    [Fact]
    public void AFailureIsTold()
    {
        var assembler = new KernelAssembler(_ => throw new InvalidOperationException("no room"));
        assembler.Prepare(TensorType.Q8_0);
        Assert.Equal("C#; assembling failed: no room", assembler.Describe());
        Assert.False(KernelOverride.Has(TensorType.Q8_0));
    }

    [Fact]
    public void AFormatIsAssembledOnceAndOnlyWhenAsked()
    {
        int calls = 0;
        var assembler = new KernelAssembler(_ =>
        {
            Interlocked.Increment(ref calls);
            return 0;
        });
        Assert.Equal("C#; none is assembled for these weights", assembler.Describe());
        assembler.Prepare(TensorType.F32);
        assembler.Prepare(TensorType.Q8_0);
        assembler.Prepare(TensorType.Q8_0);
        _ = assembler.Describe();
        Assert.Equal(1, calls);
    }

    /// <summary>Code lies in a page that can be read and executed, and not written.</summary>
    [Fact]
    public void PlacedCodeCannotBeWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pages are told by /proc/self/maps, which is Linux's.");
        long place = ExecutableMemory.Place([0xc3]);
        Assert.SkipWhen(place == 0, "The system refuses executable memory.");
        string[] page = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')).Single(fields =>
        {
            long[] range = [.. fields[0].Split('-').Select(end => long.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            return range[0] <= place && place < range[1];
        });
        Assert.Equal("r-xp", page[1]);
    }

    /// <summary>In a process of its own, as a person sees it.</summary>
    [Theory]
    [InlineData("POISE_ASSEMBLER", "off", "POISE_ASSEMBLER=off")]
    [InlineData("DOTNET_EnableAVX512", "0", "no AVX-512 VNNI")]
    public void SwitchedOff(string variable, string value, string reason)
    {
        PoiseProcess.Result result = PoiseProcess.Run(new Dictionary<string, string> { [variable] = value }, "bench", Model, "--prompt", "4", "--decode", "0", "--rounds", "1");
        Assert.True(result.Code == 0, result.Error);
        Assert.Matches($@"(?m)^kernels: +C#; {reason}$", result.Output);
    }

    [Fact]
    public void SwitchedOn()
    {
        if (!AssembledKernels.HasVnni()) Assert.Skip("This CPU, or the runtime's switches, have no AVX-512 VNNI.");
        PoiseProcess.Result result = PoiseProcess.Run("bench", Model, "--prompt", "4", "--decode", "0", "--rounds", "1");
        Assert.True(result.Code == 0, result.Error);
        Assert.Matches(@"(?m)^kernels: +(assembled for AVX-512 VNNI: .*MXFP4.*; C# for the rest|C#; the system refuses executable memory)$", result.Output);
    }

    static string Model
    {
        get
        {
            string folder = Shared.Golden("models", "gpt-oss-mxfp4"), file = Path.Combine(folder, "model.gguf");
            return File.Exists(file) ? file : folder;
        }
    }

    static string[] Digests()
    {
        var digests = new List<string>();
        foreach (string name in s_models)
        {
            string folder = Shared.Golden(name.Split('/')), file = Path.Combine(folder, "model.gguf");
            using ModelPackage package = ModelPackage.Open(File.Exists(file) ? file : folder);
            using Model model = package.Load(new LoadOptions { Threads = 2 });
            digests.Add($"{name} {LogitsDigest.InChunks(model, LogitsDigest.Tokens(model.Config, 21), 7)}");
        }

        return [.. digests];
    }
}
