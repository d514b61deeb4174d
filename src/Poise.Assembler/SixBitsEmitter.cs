using Iced.Intel;
using Poise.Tensors.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Poise.Assembler;

/// <summary>Q6_K as <see cref="PackedSixBits"/> has it.</summary>
sealed class SixBitsEmitter : KernelEmitter
{
    protected override int Offset => 32;

    protected override bool HasHalves => true;

    protected override void Unpack()
    {
        // r8: 32 bytes of scales a block of the unit; rax: 96, so that 384 bytes of codes are four times that.
        Code.mov(r8, __[rcx + KernelArguments.UsedAt]);
        Code.lea(rax, __[r8 + r8 * 2]);
        AssemblerMemoryOperand codes = __[rdx + rax * 4 + PackedSixBits.HeadBytes];
        Prefetch(codes, PackedSixBits.BlockBytes);
        Prefetch(__[rdx + r8 * 2], 64);
        AssemblerRegisterZMM d = Free[0], four = Free[1], two = Free[2], nibbles = Free[3], upper = Free[4], high = Free[5];
        Code.vcvtph2ps(d, __ymmword_ptr[rdx]);
        for (int half = 0; half < 2; half++)
        {
            AssemblerRegisterZMM scale = half == 0 ? Scale : SecondScale;
            Code.vpmovsxbd(scale, __xmmword_ptr[rdx + r8 + (PackedSixBits.ScalesAt + 16 * half)]);
            Code.vcvtdq2ps(scale, scale);
            Code.vmulps(scale, scale, d);
        }

        Code.vpbroadcastd(four, __dword_ptr[Constant(15, 15, 15, 15)]);
        Code.vpbroadcastd(two, __dword_ptr[Constant(0x30, 0x30, 0x30, 0x30)]);
        for (int j = 0; j < 4; j++)
        {
            AssemblerRegisterZMM first = Weights[2 * j], second = Weights[2 * j + 1];
            Code.vmovdqu32(nibbles, codes + 64 * j);
            if (j % 2 == 0) Code.vmovdqu32(upper, codes + (PackedSixBits.UpperAt + 32 * j));
            // Bits 0..1, 2..3, 4..5, 6..7 of the upper bytes go to bits 4..5.
            Code.vpandd(first, nibbles, four);
            if (j % 2 == 0) Code.vpsllw(high, upper, 4);
            Code.vpandd(high, j % 2 == 0 ? high : upper, two);
            Code.vpord(first, first, high);
            Code.vpsrlw(second, nibbles, 4);
            Code.vpandd(second, second, four);
            if (j % 2 == 0) Code.vpsllw(high, upper, 2);
            else Code.vpsrlw(high, upper, 2);
            Code.vpandd(high, high, two);
            Code.vpord(second, second, high);
        }
    }

    protected override void Advance() => AdvanceInUnit(PackedSixBits.UnitBlocks, 32, PackedSixBits.UnitBytes);
}
