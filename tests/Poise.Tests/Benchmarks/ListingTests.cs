using Poise.Benchmarks.Listing;
using Poise.Tensors;

namespace Poise.Tests.Benchmarks;

/// <summary>Loops in a compiler's listing: which is found, how often its parts run, and what each instruction counts as.</summary>
public class ListingTests
{
    // A loop of blocks with a loop of two products inside: four turns make the 512 products of a block.
    const string Listing = """
        ; Assembly listing for method Some.Other:Multiply(int):int (FullOpts)
        G_M1_IG01:
               vpmaddubsw zmm1, zmm2, zmm3
        ; Assembly listing for method Poise.Kernel:Single[Lanes](ulong):this (FullOpts)
        ; Emitting BLENDED_CODE
        G_M2_IG01:                ;; offset=0x0000
               push     rbp
               align    [8 bytes for IG03]
        G_M2_IG02:                ;; offset=0x0010
               prefetcht0 [rdi+0x3000]
               vpxor    xmm1, xmm1, xmm1
        G_M2_IG03:                ;; offset=0x0020
               vmovups  zmm4, zmmword ptr [rdx+rax]
               vpshufb  zmm5, zmm0, zmm4
               vpmaddubsw zmm5, zmm5, zmmword ptr [rsi]
               vpaddw   zmm1, zmm5, zmm1
               vpbroadcastd zmm6, dword ptr [rsi+0x04]
               vpmaddubsw zmm6, zmm4, zmm6
               vpaddw   zmm1, zmm6, zmm1
               inc      eax
               jne      SHORT G_M2_IG03
        G_M2_IG04:                ;; offset=0x0060
               vpmaddwd zmm1, zmm1, zmm9
               vcvtdq2ps zmm1, zmm1
               vfmadd231ps zmm2, zmm1, dword ptr [rcx] {1to16}
               dec      ebx
               jne      G_M2_IG02
               vmovups  zmmword ptr [r8], zmm2
               ret
        """;

    [Fact]
    public void TheLoopOfABlockIsFoundAndWeighted()
    {
        JitListing listing = Assert.Single(JitListing.Parse(Listing, "Kernel:Single"));
        Assert.Equal(2, listing.Loops.Count());
        var loop = listing.BlockLoop(new HotLoop("x", TensorType.MXFP4, "Kernel:Single", 1, 272, ""));
        double Count(InstructionClass of) => loop.Where(row => row.Instruction.Class == of).Sum(row => row.Times);
        Assert.Equal(8, loop.Where(row => row.Instruction.Name == "vpmaddubsw").Sum(row => row.Times));
        Assert.Equal(10, Count(InstructionClass.Multiply));
        Assert.Equal(8, Count(InstructionClass.Load));
        Assert.Equal(4, Count(InstructionClass.Shuffle));
        Assert.Equal(10, Count(InstructionClass.Add));
        Assert.Equal(1, Count(InstructionClass.Prefetch));
        Assert.Equal(0, Count(InstructionClass.Store));
        Assert.Equal(10, Count(InstructionClass.Scalar));
        // Four loads, four operands in memory and four broadcasts, one operand of the sum, one prefetch.
        Assert.Equal(14 / 2.0, PortBound.Of(loop).Single(bound => bound.Port == "loads").Cycles);
        Assert.Equal(24 / 4.0, PortBound.Of(loop).Single(bound => bound.Port == "vector operations").Cycles);
    }

    [Fact]
    public void AListingWithoutProductsIsSaid() => Assert.Throws<PoiseException>(() =>
        JitListing.Parse("; Assembly listing for method A:B()\nG_M1_IG01:\n       dec      eax\n       jne      G_M1_IG01\n", "A:B")[0]
            .BlockLoop(new HotLoop("x", TensorType.MXFP4, "A:B", 1, 272, "")));
}
