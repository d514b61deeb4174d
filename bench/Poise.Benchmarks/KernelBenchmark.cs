using System.Diagnostics;
using System.Globalization;
using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks;

/// <summary>
/// The matrix kernels alone, on matrices of 2880 by 2880 that together exceed the caches: GB/s of weights for one activation
/// row, GMAC/s for more. Medians of the rounds.
/// </summary>
static unsafe class KernelBenchmark
{
    const int Size = 2880, Groups = Size / 16, Blocks = Size / 32, Matrices = 16;

    public static int Run(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 7;
        Console.WriteLine("kernel      threads  rows    GB/s  GMAC/s   (median; lowest to highest GMAC/s)");
        foreach (int threads in (int[])[1, Environment.ProcessorCount])
        {
            using var pool = new ComputePool(threads);
            foreach (bool mx in (bool[])[true, false])
                foreach (int rows in (int[])[1, 2, 4, 8, 16, 32, 64, 256]) Measure(pool, mx, rows, rounds);
        }

        return 0;
    }

    static void Measure(ComputePool pool, bool mx, int rows, int rounds)
    {
        var layout = new PackedCodes.Layout(true, 1, false);
        long groupBytes = (long)Blocks * (mx ? PackedMx.BlockBytes : layout.BlockBytes);
        using var weights = new NativeBuffer(groupBytes * Groups * Matrices + 8192);
        var random = new Random(1);
        random.NextBytes(new Span<byte>(weights.Pointer, checked((int)weights.Length)));
        for (long block = 0; block < (long)Groups * Matrices * Blocks; block++)
        {
            // Scales as models have them: with random ones the sums overflow, and arithmetic on infinities is slow.
            byte* head = weights.Pointer + block * (mx ? PackedMx.BlockBytes : layout.BlockBytes);
            for (int r = 0; r < 16; r++)
                if (mx) head[r] = (byte)(118 + r % 8);
                else ((ushort*)head)[r] = (ushort)(0x1c00 + r);
        }

        using var x = new FloatRows(Size);
        using var y = new FloatRows(Size);
        using var batch = new ActivationBatch();
        x.Resize(rows);
        y.Resize(rows);
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
                    float* accumulators = stackalloc float[16 * QuantizedTile.MaxRows];
                    for (int g = start; g < end; g++)
                    {
                        for (int t = 0; t < batch.Tiles; t++)
                        {
                            QuantizedTile tile = batch.Tile(t);
                            if (mx) PackedMx.Multiply(matrix + g * groupBytes, Blocks, tile, accumulators);
                            else PackedCodes.Multiply(layout, matrix + g * groupBytes, Blocks, tile, accumulators);
                            for (int i = 0; i < tile.Rows; i++)
                                for (int r = 0; r < 16; r++) y.Pointer[((long)t * QuantizedTile.MaxRows + i) * Size + g * 16 + r] = accumulators[i * 16 + r];
                        }
                    }
                });
            }

            if (round > 0) times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        times.Sort();
        double work = (double)Size * Size * rows * Matrices / 1e9, bytes = groupBytes * Groups * Matrices / 1e9;
        double median = times[times.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(mx ? "MXFP4" : "Q8_0"),-10}  {pool.Threads,7}  {rows,4}  {bytes / median,6:0.0}  {work / median,6:0}   {work / times[^1]:0} to {work / times[0]:0}"));
    }
}
