using Iced.Intel;
using Poise.Tensors.Kernels;
using static Iced.Intel.AssemblerRegisters;

namespace Poise.Assembler;

/// <summary>
/// The frame of every assembled kernel: for each block of 32 columns the weights of 16 rows become eight registers of unsigned
/// bytes, which meet all activation rows, up to eight at a time so that the multiplications need not wait for each other.
/// vpdpbusd adds four u8 * s8 products to a 32-bit lane, exactly; everything after it is what the C# kernel does, in its order.
/// Only registers that both C conventions leave to a callee are used (of the vectors 0 to 5 and 16 to 31), and no stack: a leaf
/// function, which needs no unwinding data.
/// </summary>
abstract class KernelEmitter
{
    // rcx: arguments; rdx: the unit of weights; r9, r10, r11: codes, scales and sums of the next activation row.
    // rax and r8 are free while weights are unpacked, then: accumulators of the next row, and rows left.
    static readonly AssemblerRegisterZMM[] s_sums = [zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31];

    readonly List<(Label Place, byte[] Bytes)> _constants = [];

    protected static AssemblerRegisterZMM[] Weights { get; } = [zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23];

    /// <summary>Scales of the 16 rows; of the second half of the block, if that has its own; minima, with the sign turned.</summary>
    protected static AssemblerRegisterZMM Scale => zmm0;

    protected static AssemblerRegisterZMM SecondScale => zmm1;

    protected static AssemblerRegisterZMM Minimum => zmm1;

    /// <summary>Free while weights are unpacked.</summary>
    protected static AssemblerRegisterZMM[] Free => s_sums;

    protected Iced.Intel.Assembler Code { get; } = new(64);

    /// <summary>How much larger than the numbers they stand for the bytes of weights are.</summary>
    protected abstract int Offset { get; }

    protected virtual bool HasMinima => false;

    /// <summary>Whether each 16 columns have a scale.</summary>
    protected virtual bool HasHalves => false;

    protected virtual int ScalesAt => KernelArguments.ScalesAt;

    /// <summary>Fills Weights and scales from the block at rdx, and asks for memory ahead.</summary>
    protected abstract void Unpack();

    /// <summary>Moves on to the next block.</summary>
    protected abstract void Advance();

    /// <param name="windows">Which of the two C conventions for x64.</param>
    public byte[] Emit(bool windows)
    {
        if (!windows) Code.mov(rcx, rdi);
        Code.mov(rdx, __[rcx + KernelArguments.GroupAt]);
        Code.mov(r9, __[rcx + KernelArguments.CodesAt]);
        Code.mov(r10, __[rcx + ScalesAt]);
        Code.mov(r11, __[rcx + (HasHalves ? KernelArguments.SumsAt : KernelArguments.TotalsAt)]);
        // A sum of 16 or 32 codes fits in the lower 16 bits, whose product with -offset starts each lane; the upper ones count nothing.
        Code.mov(eax, -Offset & 0xffff);
        Code.vpbroadcastd(zmm5, eax);
        Label block = Code.CreateLabel();
        Code.Label(ref block);
        Unpack();
        MultiplyRows();
        Advance();
        Code.dec(__qword_ptr[rcx + KernelArguments.BlocksAt]);
        Code.jne(block);
        Code.vzeroupper();
        Code.ret();
        for (int i = 0; i < _constants.Count; i++)
        {
            (Label place, byte[] bytes) = _constants[i];
            Code.Label(ref place);
            Code.db(bytes);
        }

        using var stream = new MemoryStream();
        Code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    protected Label Constant(params byte[] bytes)
    {
        Label place = Code.CreateLabel();
        _constants.Add((place, bytes));
        return place;
    }

    /// <summary>Cache lines from an address on, <see cref="Prefetching.Ahead"/> ahead.</summary>
    protected void Prefetch(AssemblerMemoryOperand address, int bytes)
    {
        for (int at = 0; at < bytes; at += 64) Code.prefetcht0(address + (Prefetching.Ahead + at));
    }

    /// <summary>Counts <paramref name="step"/> a block in the arguments, and moves rdx on where a unit of several blocks ends.</summary>
    protected void AdvanceInUnit(int blocks, int step, int unitBytes)
    {
        Label within = Code.CreateLabel();
        Code.mov(rax, __[rcx + KernelArguments.UsedAt]);
        Code.add(rax, step);
        Code.cmp(rax, blocks * step);
        Code.jb(within);
        Code.add(rdx, unitBytes);
        Code.xor(eax, eax);
        Code.Label(ref within);
        Code.mov(__[rcx + KernelArguments.UsedAt], rax);
    }

    void MultiplyRows()
    {
        Code.mov(rax, __[rcx + KernelArguments.AccumulatorsAt]);
        Code.mov(r8, __[rcx + KernelArguments.RowsAt]);
        int[] widths = HasHalves ? [4, 1] : [8, 4, 1];
        Label[] places = [.. Enumerable.Range(0, widths.Length + 1).Select(_ => Code.CreateLabel())];
        for (int i = 0; i < widths.Length; i++)
        {
            Code.Label(ref places[i]);
            Code.cmp(r8, widths[i]);
            Code.jb(places[i + 1]);
            Multiply(widths[i]);
            Code.sub(r8, widths[i]);
            Code.jmp(places[i]);
        }

        Code.Label(ref places[^1]);
    }

    void Multiply(int rows)
    {
        int parts = HasHalves ? 2 : 1, chains = rows * parts, steps = 8 / parts;
        for (int c = 0; c < chains; c++)
        {
            Code.vpxord(s_sums[c], s_sums[c], s_sums[c]);
            Code.vpdpwssd(s_sums[c], zmm5, __dword_bcst[r11 + 4 * c]);
        }

        for (int step = 0; step < steps; step++)
            for (int c = 0; c < chains; c++)
            {
                int g = c % parts * steps + step;
                Code.vpdpbusd(s_sums[c], Weights[g], __dword_bcst[r9 + (32 * (c / parts) + 4 * g)]);
            }

        for (int t = 0; t < rows; t++)
        {
            AssemblerRegisterZMM result = s_sums[t * parts];
            Code.vcvtdq2ps(result, result);
            Code.vmulps(zmm2, Scale, __dword_bcst[r10 + 4 * t]);
            Code.vfmadd213ps(result, zmm2, __[rax + 64 * t]);
            if (HasHalves)
            {
                AssemblerRegisterZMM second = s_sums[t * parts + 1];
                Code.vcvtdq2ps(second, second);
                Code.vmulps(zmm3, SecondScale, __dword_bcst[r10 + 4 * t]);
                Code.vfmadd213ps(second, zmm3, result);
                result = second;
            }
            else if (HasMinima)
            {
                Code.vcvtdq2ps(zmm3, __dword_bcst[r11 + 4 * t]);
                Code.vmulps(zmm4, Minimum, __dword_bcst[r10 + 4 * t]);
                Code.vfmadd213ps(zmm3, zmm4, result);
                result = zmm3;
            }

            Code.vmovups(__[rax + 64 * t], result);
        }

        Code.add(r9, 32 * rows);
        Code.add(r10, 4 * rows);
        Code.add(r11, 4 * chains);
        Code.add(rax, 64 * rows);
    }
}
