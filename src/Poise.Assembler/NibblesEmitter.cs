using System.Runtime.Intrinsics;
using Iced.Intel;
using Poise.Tensors.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Poise.Assembler;

/// <summary>Q4_0, Q4_1 and Q4_K as <see cref="PackedNibbles"/> has them.</summary>
sealed class NibblesEmitter(PackedNibbles.Layout layout) : NibbleUnpacker
{
    protected override int Offset => MxTable.Offset;

    protected override bool HasMinima => layout.HasMinima;

    protected override Vector128<byte> Table => Vector128<byte>.Indices + Vector128.Create((byte)(MxTable.Offset - layout.Zero));

    protected override void Unpack()
    {
        Code.vcvtph2ps(Scale, __ymmword_ptr[rdx]);
        if (HasMinima)
        {
            Code.vcvtph2ps(Minimum, __ymmword_ptr[rdx + 32]);
            // -1 as a float.
            Code.vmulps(Minimum, Minimum, __dword_bcst[Constant(0, 0, 0x80, 0xbf)]);
        }

        if (layout.Blocks == 1)
        {
            Prefetch(__[rdx], layout.UnitBytes);
            UnpackNibbles(__[rdx + layout.HeadBytes]);
            return;
        }

        // r8: 32 bytes of scales and minima a block of the unit; so 256 bytes of codes are 8 times that.
        Code.mov(r8, __[rcx + KernelArguments.UsedAt]);
        Prefetch(__[rdx + r8 * 8 + layout.HeadBytes], PackedNibbles.CodeBytes);
        // The head of the next unit but some, a line with each block.
        Prefetch(__[rdx + r8 * 2], 64);
        Multiply(Scale, layout.HalfBytes);
        Multiply(Minimum, layout.HalfBytes + 16);
        UnpackNibbles(__[rdx + r8 * 8 + layout.HeadBytes]);
    }

    protected override void Advance()
    {
        if (layout.Blocks > 1) AdvanceInUnit(layout.Blocks, layout.HalfBytes / 2, layout.UnitBytes);
        else Code.add(rdx, layout.UnitBytes);
    }

    void Multiply(AssemblerRegisterZMM scale, int at)
    {
        Code.vpmovzxbd(Free[0], __xmmword_ptr[rdx + r8 + at]);
        Code.vcvtdq2ps(Free[0], Free[0]);
        Code.vmulps(scale, scale, Free[0]);
    }
}
