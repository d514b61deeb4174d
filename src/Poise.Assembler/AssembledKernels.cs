using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Poise.Tensors.Kernels;

namespace Poise.Assembler;

/// <summary>
/// Kernels for AVX-512 VNNI, whose 512-bit instructions .NET has no class for, assembled at run time. They change the speed and no bit.
/// </summary>
public static class AssembledKernels
{
    /// <summary>An environment variable; <c>off</c> leaves everything to the C# kernels.</summary>
    public const string Variable = "POISE_ASSEMBLER";

    /// <summary>A switch of <see cref="AppContext"/>; <c>false</c> does the same.</summary>
    public const string Switch = "Poise.Assembler.IsEnabled";

    const int VnniBit = 1 << 11;

    static KernelAssembler? s_assembler;

    /// <summary>What computes here, in words: which formats are assembled, or why none.</summary>
    public static string Description => s_assembler?.Describe() ?? $"C#; {Obstacle() ?? "nobody asked for assembled ones"}";

    /// <summary>Whether this process assembles kernels.</summary>
    public static bool IsActive => s_assembler is not null;

    /// <summary>Lets matrices that are loaded from now on have assembled kernels, where this machine can; takes no time itself.</summary>
    public static void Enable()
    {
        if (s_assembler is not null || Obstacle() is not null) return;
        var assembler = new KernelAssembler(code => ExecutableMemory.Place(code));
        if (Interlocked.CompareExchange(ref s_assembler, assembler, null) is null) KernelOverride.Install(assembler.Prepare);
    }

    /// <summary>Why this process has none, or null.</summary>
    internal static string? Obstacle()
    {
        if (string.Equals(Environment.GetEnvironmentVariable(Variable), "off", StringComparison.OrdinalIgnoreCase)) return $"{Variable}=off";
        if (AppContext.TryGetSwitch(Switch, out bool enabled) && !enabled) return $"{Switch} is false";
        return HasVnni() ? null : "no AVX-512 VNNI";
    }

    // The runtime answers for the operating system and for its own switches, such as DOTNET_EnableAVX512=0.
    internal static bool HasVnni() => RuntimeInformation.ProcessArchitecture == Architecture.X64 && Avx512BW.IsSupported && X86Base.IsSupported
        && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx & VnniBit) != 0;
}
