using Iced.Intel;
using Poise.Assembler;
using Poise.Tensors.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Poise.Benchmarks.Limits;

/// <summary>
/// Integer products in registers with the one instruction of the assembled kernels, vpdpbusd: four u8 * s8 products added to each
/// 32-bit sum. .NET has no class for it at 512 bits, so the loop is assembled.
/// </summary>
static unsafe class VnniPeak
{
    // Registers that both C conventions leave to the callee, and chains enough for the latency.
    static readonly AssemblerRegisterZMM[] s_sums =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29,
    ];

    static readonly Lazy<nint> s_loop = new(Assemble);

    /// <summary>Whether assembled kernels run in this process.</summary>
    public static bool IsSupported => AssembledKernels.IsActive && s_loop.Value != 0;

    /// <summary>Runs the loop; returns its multiply-adds.</summary>
    public static long Run(int turns)
    {
        ((delegate* unmanaged<long, void>)s_loop.Value)(turns);
        return (long)turns * s_sums.Length * 64;
    }

    static nint Assemble()
    {
        var code = new Iced.Intel.Assembler(64);
        AssemblerRegister64 turns = OperatingSystem.IsWindows() ? rcx : rdi;
        foreach (AssemblerRegisterZMM register in (AssemblerRegisterZMM[])[.. s_sums, zmm30, zmm31]) code.vpxord(register, register, register);
        Label loop = code.CreateLabel();
        code.Label(ref loop);
        foreach (AssemblerRegisterZMM sum in s_sums) code.vpdpbusd(sum, zmm30, zmm31);
        code.dec(turns);
        code.jne(loop);
        code.vzeroupper();
        code.ret();
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), 0);
        return ExecutableMemory.Place(stream.ToArray());
    }
}
