using System.Diagnostics;
using System.Globalization;
using Poise.Assembler;
using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks;

/// <summary>
/// The matrix kernels alone, on matrices of 2880 by 2816 that together exceed the caches: GB/s of weights for one activation
/// row, GMAC/s for more. Medians of the rounds. Names with "/8" are formats as 8-bit codes, the layout of those without their own.
/// </summary>
static unsafe class KernelBenchmark
{
    const int Groups = 180, Columns = 2816, Blocks = Columns / 32, Matrices = 16;

    /// <summary>A kernel, and 16 rows of weights in its layout, which stand for every group.</summary>
    sealed record Subject(string Name, byte[] Group, PackedFormat.Kernel Multiply);

    public static int Run(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 7;
        Subject[] subjects =
        [
            Own(TensorType.MXFP4), Codes("Q8_0", new(true, 1, false)), Own(TensorType.Q4_0), Own(TensorType.Q4_K), Codes("Q4_K/8", new(false, 1, true)),
            Own(TensorType.Q6_K), Codes("Q6_K/8", new(false, 2, false)),
        ];
        if (AssembledKernels.Obstacle() is null)
            subjects = [.. subjects, .. subjects.Where(s => Enum.TryParse<TensorType>(s.Name, out TensorType type) && KernelAssembler.Formats.Contains(type)).Select(Assembled)];
        if (arguments.Length > 1) subjects = [.. subjects.Where(s => arguments.Skip(1).Contains(s.Name, StringComparer.OrdinalIgnoreCase))];
        Console.WriteLine("kernel      threads  rows    GB/s  GMAC/s   (median; lowest to highest GMAC/s)");
        foreach (int threads in (int[])[1, Environment.ProcessorCount])
        {
            using var pool = new ComputePool(threads);
            foreach (Subject subject in subjects)
                foreach (int rows in (int[])[1, 2, 4, 8, 16, 32, 64, 256]) Measure(pool, subject, rows, rounds);
        }

        return 0;
    }

    static Subject Own(TensorType type)
    {
        BlockFormat format = BlockFormats.Get(type);
        PackedFormat packed = PackedFormat.Of(type)!;
        byte[] group = new byte[packed.Bytes(Blocks)], row = new byte[format.RowBytes(Columns)];
        float[] values = new float[Columns];
        var random = new Random(1);
        for (int r = 0; r < 16; r++)
        {
            // Scales as models have them: with random ones the sums overflow, and arithmetic on infinities is slow.
            for (int k = 0; k < Columns; k++) values[k] = (random.NextSingle() - 0.5f) / 16;
            if (format.CanQuantize) format.Quantize(values, row);
            else
            {
                random.NextBytes(row);
                for (int b = 0; b < Blocks; b++) row[b * format.BlockBytes] = (byte)(118 + r % 8);
            }

            fixed (byte* source = row, target = group) packed.PackRow(source, Blocks, r, target);
        }

        return new Subject(type.ToString(), group, packed.Multiply);
    }

    static Subject Assembled(Subject subject)
    {
        nint entry = ExecutableMemory.Place(KernelAssembler.Emit(Enum.Parse<TensorType>(subject.Name), OperatingSystem.IsWindows()));
        return subject with { Name = subject.Name + "/asm", Multiply = (weights, blocks, in tile, accumulators) => KernelOverride.Multiply(entry, weights, blocks, tile, accumulators) };
    }

    static Subject Codes(string name, PackedCodes.Layout layout)
    {
        byte[] group = new byte[Blocks * layout.BlockBytes];
        new Random(1).NextBytes(group);
        fixed (byte* start = group)
        {
            for (int b = 0; b < Blocks; b++)
            {
                byte* head = start + b * layout.BlockBytes;
                if (layout.HalfScales) new Span<ushort>(head, 16).Fill(0x1c00);
                else new Span<float>(head, layout.HeadBytes / sizeof(float)).Fill(0.004f);
            }
        }

        return new Subject(name, group, (weights, blocks, in tile, accumulators) => PackedCodes.Multiply(layout, weights, blocks, tile, accumulators));
    }

    static void Measure(ComputePool pool, Subject subject, int rows, int rounds)
    {
        long groupBytes = subject.Group.Length;
        using var weights = new NativeBuffer(groupBytes * Groups * Matrices + 8192);
        for (long g = 0; g < Groups * Matrices; g++) subject.Group.CopyTo(new Span<byte>(weights.Pointer + g * groupBytes, subject.Group.Length));
        using var x = new FloatRows(Columns);
        using var y = new FloatRows(Groups * 16);
        using var batch = new ActivationBatch();
        x.Resize(rows);
        y.Resize(rows);
        var random = new Random(1);
        foreach (ref float value in x.All) value = random.NextSingle() - 0.5f;
        batch.Set(x);
        batch.Quantize(pool);
        var times = new List<double>();
        for (int round = 0; round <= rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            for (int m = 0; m < Matrices; m++)
            {
                byte* matrix = weights.Pointer + m * groupBytes * Groups;
                pool.For(Groups, 16, (start, end, _) =>
                {
                    float* memory = stackalloc float[16 * QuantizedTile.MaxRows + 16];
                    float* accumulators = (float*)(((nuint)memory + 63) & ~(nuint)63); // as in a product: whole cache lines
                    for (int g = start; g < end; g++)
                    {
                        for (int t = 0; t < batch.Tiles; t++)
                        {
                            QuantizedTile tile = batch.Tile(t);
                            subject.Multiply(matrix + g * groupBytes, Blocks, tile, accumulators);
                            for (int i = 0; i < tile.Rows; i++)
                                for (int r = 0; r < 16; r++) y.Pointer[((long)t * QuantizedTile.MaxRows + i) * Groups * 16 + g * 16 + r] = accumulators[i * 16 + r];
                        }
                    }
                });
            }

            if (round > 0) times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        times.Sort();
        double work = (double)Groups * 16 * Columns * rows * Matrices / 1e9, bytes = groupBytes * Groups * Matrices / 1e9;
        double median = times[times.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{subject.Name,-10}  {pool.Threads,7}  {rows,4}  {bytes / median,6:0.0}  {work / median,6:0}   {work / times[^1]:0} to {work / times[0]:0}"));
    }
}
