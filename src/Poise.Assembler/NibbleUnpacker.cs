using System.Runtime.Intrinsics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Poise.Assembler;

/// <summary>Codes of 4 bits that a table turns into bytes.</summary>
abstract class NibbleUnpacker : KernelEmitter
{
    protected abstract Vector128<byte> Table { get; }

    /// <summary>256 bytes: [64j + 4r + k], low nibble = column 8j+k of row r, high nibble = column 8j+4+k.</summary>
    protected void UnpackNibbles(AssemblerMemoryOperand nibbles)
    {
        byte[] entries = new byte[16];
        Table.CopyTo(entries);
        AssemblerRegisterZMM table = Free[0], mask = Free[1], low = Free[2], high = Free[3];
        Code.vbroadcasti32x4(table, __xmmword_ptr[Constant(entries)]);
        Code.vpbroadcastd(mask, __dword_ptr[Constant(15, 15, 15, 15)]);
        for (int j = 0; j < 4; j++)
        {
            Code.vmovdqu32(low, nibbles + 64 * j);
            Code.vpsrlw(high, low, 4);
            Code.vpandd(low, low, mask);
            Code.vpandd(high, high, mask);
            Code.vpshufb(Weights[2 * j], table, low);
            Code.vpshufb(Weights[2 * j + 1], table, high);
        }
    }
}
