using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using System.Text.Json;
using Poise.Assembler;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Tensors.Kernels;

namespace Poise.Cli.Measuring;

/// <summary>What figures of speed depend on besides the model.</summary>
/// <param name="Processors">Logical processors that this process may use.</param>
/// <param name="VectorBits">Width of the kernels in use.</param>
/// <param name="Kernels">Which formats have assembled kernels, or why none.</param>
sealed record MachineFacts(string Processor, int Processors, long MemoryBytes, int VectorBits, string Kernels, string System, string Architecture, string Runtime)
{
    // Linux: x86 says "model name"; boards of ARM, MIPS and others say one of the rest, or nothing.
    static readonly string[] s_names = ["model name", "cpu model", "Model", "Hardware"];

    public static MachineFacts Read() => new(
        NameOf(ReadLines("/proc/cpuinfo")) ?? ReadBrand() ?? $"{RuntimeInformation.OSArchitecture} processor",
        Environment.ProcessorCount,
        MachineMemory.TotalBytes(),
        VectorWidth.Bits,
        AssembledKernels.Description,
        RuntimeInformation.OSDescription,
        $"{RuntimeInformation.ProcessArchitecture}",
        RuntimeInformation.FrameworkDescription);

    /// <summary>The processor's name in the lines of /proc/cpuinfo, or null.</summary>
    public static string? NameOf(IReadOnlyList<string> lines)
    {
        foreach (string name in s_names)
            foreach (string line in lines)
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0 && line.AsSpan(0, colon).Trim().SequenceEqual(name) && line[(colon + 1)..].Trim() is { Length: > 0 } value) return value;
            }
        return null;
    }

    public void AddTo(List<(string, string)> facts)
    {
        facts.Add(("processor", $"{Processor}, {Quantity.Count(Processors)} logical, vectors of {VectorBits} bits"));
        facts.Add(("kernels", Kernels));
        facts.Add(("memory", Quantity.Bytes(MemoryBytes)));
        facts.Add(("system", $"{System}, {Architecture}, {Runtime}"));
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("machine");
        json.WriteString("processor", Processor);
        json.WriteNumber("processors", Processors);
        json.WriteNumber("memoryBytes", MemoryBytes);
        json.WriteNumber("vectorBits", VectorBits);
        json.WriteString("kernels", Kernels);
        json.WriteString("system", System);
        json.WriteString("architecture", Architecture);
        json.WriteString("runtime", Runtime);
        json.WriteEndObject();
    }

    // The brand string of x86: leaves 80000002 to 80000004, sixteen bytes each, where leaf 80000000 says that they are there.
    static string? ReadBrand()
    {
        const uint first = 0x80000002, last = 0x80000004;
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < last) return null;
        var brand = new StringBuilder();
        for (uint leaf = first; leaf <= last; leaf++)
        {
            (int a, int b, int c, int d) = X86Base.CpuId((int)leaf, 0);
            foreach (int word in (int[])[a, b, c, d])
                for (int shift = 0; shift < 32; shift += 8)
                    if ((char)((word >> shift) & 0x7f) is var letter and not '\0') brand.Append(letter);
        }
        string name = brand.ToString().Trim();
        return name.Length > 0 ? name : null;
    }

    static string[] ReadLines(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() && File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A sandbox may hide it; the other ways to the name remain.
            return [];
        }
    }
}
