using System.Runtime.Intrinsics;
using Iced.Intel;
using Poise.Tensors.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Poise.Assembler;

/// <summary>MXFP4 as <see cref="PackedMx"/> has it: sixteen E8M0 scales, then the codes.</summary>
sealed class MxEmitter : NibbleUnpacker
{
    protected override int Offset => MxTable.Offset;

    protected override int ScalesAt => KernelArguments.HalfScalesAt;

    protected override Vector128<byte> Table => MxTable.Codes;

    protected override void Unpack()
    {
        Prefetch(__[rdx], PackedMx.BlockBytes);
        // 2^(e - 127): the byte is the exponent, but 0 stands for a subnormal number.
        Code.vpmovzxbd(Scale, __xmmword_ptr[rdx]);
        Code.vptestnmd(k1, Scale, Scale);
        Code.vpslld(Scale, Scale, 23);
        Code.vpbroadcastd(Scale.k1, __dword_ptr[Constant(0, 0, 0x40, 0)]);
        UnpackNibbles(__[rdx + 16]);
    }


    protected override void Advance() => Code.add(rdx, PackedMx.BlockBytes);
}
