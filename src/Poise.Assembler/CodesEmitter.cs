using Poise.Tensors.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Poise.Assembler;

/// <summary>Q8_0 as <see cref="PackedCodes"/> has it: sixteen F16 scales, then the codes plus 128.</summary>
sealed class CodesEmitter : KernelEmitter
{
    static readonly PackedCodes.Layout s_layout = new(true, 1, false);

    protected override int Offset => 128;

    protected override void Unpack()
    {
        Prefetch(__[rdx], s_layout.BlockBytes);
        Code.vcvtph2ps(Scale, __ymmword_ptr[rdx]);
        for (int g = 0; g < 8; g++) Code.vmovdqu32(Weights[g], __[rdx + (s_layout.HeadBytes + 64 * g)]);
    }

    protected override void Advance() => Code.add(rdx, s_layout.BlockBytes);
}
