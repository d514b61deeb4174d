using Poise.Assembler;
using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;
using Poise.Tests.Kernels;

namespace Poise.Tests.Assembler;

/// <summary>
/// Assembled kernels against the C# ones at 128 and 512 bits, to the bit: every number of activation rows, several lengths, random
/// weights and the largest codes and scales against the largest activations.
/// </summary>
public sealed unsafe class AssembledKernelTests
{
    public enum Data
    {
        Random,
        AllOnes,
        AllZeros,
        Alternating,
    }

    public static TheoryData<TensorType, Data> Cases =>
        new(from type in KernelAssembler.Formats from data in Enum.GetValues<Data>() select (type, data));

    static void NeedsVnni()
    {
        if (!AssembledKernels.HasVnni()) Assert.Skip("This CPU, or the runtime's switches, have no AVX-512 VNNI.");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SameBits(TensorType type, Data data)
    {
        NeedsVnni();
        nint entry = ExecutableMemory.Place(KernelAssembler.Emit(type, OperatingSystem.IsWindows()));
        Assert.SkipWhen(entry == 0, "The system refuses executable memory.");
        foreach (int columns in (int[])[256, 512, 2816])
            foreach (int rows in columns == 2816 ? [1, 2, 12, 32] : Enumerable.Range(1, 32)) Compare(entry, type, columns, rows, data);
        if (PackedFormat.Of(type) is null || PackedFormat.Of(type)!.Bytes(1) < PackedFormat.Of(type)!.Bytes(2))
            foreach (int columns in (int[])[32, 96]) Compare(entry, type, columns, 13, data);
    }

    /// <summary>The other C convention, behind an instruction that moves the argument: its code keeps more registers than this one asks for.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void SameBitsInTheConventionOfWindows(TensorType type, Data data)
    {
        NeedsVnni();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "That convention is the ordinary one here.");
        nint entry = ExecutableMemory.Place([0x48, 0x89, 0xf9, .. KernelAssembler.Emit(type, windows: true)]); // mov rcx, rdi
        Assert.SkipWhen(entry == 0, "The system refuses executable memory.");
        foreach (int rows in (int[])[2, 8, 15]) Compare(entry, type, 512, rows, data);
    }

    /// <summary>A scale so small that half of it loses its last bit: the order of the products shows.</summary>
    [Fact]
    public void SubnormalScales()
    {
        NeedsVnni();
        nint entry = ExecutableMemory.Place(KernelAssembler.Emit(TensorType.MXFP4, OperatingSystem.IsWindows()));
        Assert.SkipWhen(entry == 0, "The system refuses executable memory.");
        // Exponents from 0 (subnormal) to 255 (infinite).
        using var group = new NativeBuffer(PackedMx.BlockBytes * 4 + 8192);
        KernelData.Bytes(1, PackedMx.BlockBytes * 4).CopyTo(new Span<byte>(group.Pointer, PackedMx.BlockBytes * 4));
        for (int b = 0; b < 4; b++)
            for (int r = 0; r < 16; r++) group.Pointer[b * PackedMx.BlockBytes + r] = (byte)(r == 0 ? 0 : r == 1 ? 255 : 3 + 16 * r - b);
        foreach (float scale in (float[])[1e-36f, 3e-37f, 1e-30f, 0]) Compare(entry, TensorType.MXFP4, group, 128, 5, t => KernelData.Floats(t, 128, scale), $"scale {scale:R}");
    }

    static void Compare(nint entry, TensorType type, int columns, int rows, Data data)
    {
        using NativeBuffer group = Group(type, columns, data);
        Compare(entry, type, group, columns, rows, t => Activations(t, columns, data), $"{type} {columns} columns, {rows} rows, {data}");
    }

    static void Compare(nint entry, TensorType type, NativeBuffer group, int columns, int rows, Func<int, float[]> activations, string what)
    {
        using var pool = new ComputePool(1);
        using var values = new FloatRows(columns);
        using var batch = new ActivationBatch();
        values.Resize(rows);
        for (int t = 0; t < rows; t++) activations(t).CopyTo(values.Row(t));
        batch.Set(values).Quantize(pool);
        QuantizedTile tile = batch.Tile(0);
        float[] expected = Managed<RowLanes128>(type, group, columns / 32, tile);
        KernelData.SameBits(expected, Managed<RowLanes512>(type, group, columns / 32, tile), $"{what}, 512 bits in C#");
        // Rubbish where the sums will be, and guards behind them.
        float[] actual = new float[16 * rows + 16];
        Array.Fill(actual, 12345f);
        fixed (float* a = actual) KernelOverride.Multiply(entry, group.Pointer, columns / 32, tile, a);
        KernelData.SameBits(expected, actual.AsSpan(0, 16 * rows), what);
        Assert.All(actual[(16 * rows)..], guard => Assert.Equal(12345f, guard));
    }

    static float[] Managed<TRows>(TensorType type, NativeBuffer group, int blocks, QuantizedTile tile) where TRows : struct, IRowLanes<TRows>
    {
        float[] result = new float[16 * tile.Rows];
        fixed (float* a = result)
        {
            switch (type)
            {
                case TensorType.MXFP4: PackedMx.Multiply<TRows>(group.Pointer, blocks, tile, a); break;
                case TensorType.Q8_0: PackedCodes.Multiply<TRows>(new PackedCodes.Layout(true, 1, false), group.Pointer, blocks, tile, a); break;
                case TensorType.Q4_0: PackedNibbles.Multiply<TRows>(PackedNibbles.Layout.Q4_0, group.Pointer, blocks, tile, a); break;
                case TensorType.Q4_1: PackedNibbles.Multiply<TRows>(PackedNibbles.Layout.Q4_1, group.Pointer, blocks, tile, a); break;
                case TensorType.Q4_K: PackedNibbles.Multiply<TRows>(PackedNibbles.Layout.Q4_K, group.Pointer, blocks, tile, a); break;
                case TensorType.Q6_K: PackedSixBits.Multiply<TRows>(group.Pointer, blocks, tile, a); break;
                default: Assert.Fail($"{type} has an assembled kernel and no row in this test"); break;
            }
        }

        return result;
    }

    /// <summary>Sixteen rows of a packed group, byte for byte; then scales in a range where sums stay finite, odd ones among them.</summary>
    static NativeBuffer Group(TensorType type, int columns, Data data)
    {
        int blocks = columns / 32;
        int bytes = (int)(PackedFormat.Of(type)?.Bytes(blocks) ?? blocks * new PackedCodes.Layout(true, 1, false).BlockBytes);
        var group = new NativeBuffer(bytes + 8192);
        byte[] content = KernelData.Bytes(columns + (int)type, bytes);
        for (int i = 0; i < bytes; i++)
            content[i] = data switch { Data.Random => content[i], Data.AllOnes => 0xff, Data.AllZeros => 0, _ => (byte)(i % 2 == 0 ? 0xf0 : 0x0f) };
        (int unit, int halves) = type switch
        {
            TensorType.MXFP4 => (PackedMx.BlockBytes, 0),
            TensorType.Q8_0 => (new PackedCodes.Layout(true, 1, false).BlockBytes, 16),
            TensorType.Q4_0 => (PackedNibbles.Layout.Q4_0.UnitBytes, 16),
            TensorType.Q4_1 => (PackedNibbles.Layout.Q4_1.UnitBytes, 32),
            TensorType.Q4_K => (PackedNibbles.Layout.Q4_K.UnitBytes, 32),
            _ => (PackedSixBits.UnitBytes, 16),
        };
        Assert.Equal(0, bytes % unit);
        for (int u = 0; u < bytes / unit; u++)
        {
            int at = u * unit;
            for (int r = 0; type == TensorType.MXFP4 && r < 16; r++) content[at + r] = (byte)((u + r) % 9 == 0 ? 0 : 112 + (5 * u + 3 * r) % 20);
            for (int r = 0; r < halves; r++)
            {
                // Around 1/16, of either sign, subnormal, zero; one infinity.
                int half = (u + r) % 11 switch { 0 => 0x0001 + u, 1 => 0xac00 + u, 2 => 0, 3 => 0x8003 + r, _ => 0x2c00 + 37 * r + u };
                if (u == 1 && r == 5 && data == Data.Random) half = 0x7c00;
                (content[at + 2 * r], content[at + 2 * r + 1]) = ((byte)half, (byte)(half >> 8));
            }
        }

        content.CopyTo(new Span<byte>(group.Pointer, bytes));
        return group;
    }

    static float[] Activations(int t, int columns, Data data)
    {
        float[] x = KernelData.Floats(500 + t, columns);
        if (data != Data.Random)
            for (int k = 0; k < columns; k++) x[k] = (t % 3) switch { 0 => 1f, 1 => -1f, _ => k % 2 == 0 ? 1f : -1f };
        if (t == 3) x[5] = float.NaN;
        if (t == 4) Array.Clear(x);
        return x;
    }
}
