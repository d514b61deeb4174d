using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks;

/// <summary>
/// Products in F32: GFLOP/s of cubes beside what registers alone reach in the same run, and GB/s of weights in a mapped file
/// that meet few rows. Medians of the rounds, with the lowest and the highest.
/// </summary>
static unsafe class FloatBenchmark
{
    const int PeakRounds = 4_000_000, PeakSums = 12;

    public static int Run(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 7;
        foreach (int threads in (int[])[1, Environment.ProcessorCount])
        {
            using var pool = new ComputePool(threads);
            foreach (int size in (int[])[512, 1024, 2048]) Cube(pool, size, rounds);
        }

        foreach (TensorType type in (TensorType[])[TensorType.BF16, TensorType.F16, TensorType.F32])
        {
            foreach (int columns in (int[])[2048, 8192])
            {
                using var pool = new ComputePool(Environment.ProcessorCount);
                Stream(pool, type, columns, rounds);
            }
        }

        return 0;
    }

    static void Cube(ComputePool pool, int size, int rounds)
    {
        using FloatRows a = Rows(size, size), b = Rows(size, size), c = new FloatRows(size).Resize(size);
        using var product = new FloatProduct(pool);
        double work = 2.0 * size * size * size, peak = 2.0 * PeakSums * Vector512<float>.Count * PeakRounds * pool.Threads;
        string name = string.Create(CultureInfo.InvariantCulture, $"{size} cubed, {pool.Threads} threads");
        double reached = Report(name, "GFLOP/s", work, rounds, () => product.Run(a, b, c));
        if (!Avx512F.IsSupported) return;
        double possible = Report("  registers alone", "GFLOP/s", peak, rounds, () => pool.For(pool.Threads, 1, (start, end, _) =>
        {
            for (int i = start; i < end; i++) Registers();
        }));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {reached / possible:0%}"));
    }

    // Twelve chains of FMA that touch no memory: two a cycle with a latency of four leave none waiting.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Registers()
    {
        Vector512<float> factor = Vector512.Create(1.0000001f), a = Vector512.Create(1e-9f);
        Vector512<float> b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a, addend = a;
        for (int n = 0; n < PeakRounds; n++)
        {
            a = Avx512F.FusedMultiplyAdd(a, factor, addend);
            b = Avx512F.FusedMultiplyAdd(b, factor, addend);
            c = Avx512F.FusedMultiplyAdd(c, factor, addend);
            d = Avx512F.FusedMultiplyAdd(d, factor, addend);
            e = Avx512F.FusedMultiplyAdd(e, factor, addend);
            f = Avx512F.FusedMultiplyAdd(f, factor, addend);
            g = Avx512F.FusedMultiplyAdd(g, factor, addend);
            h = Avx512F.FusedMultiplyAdd(h, factor, addend);
            i = Avx512F.FusedMultiplyAdd(i, factor, addend);
            j = Avx512F.FusedMultiplyAdd(j, factor, addend);
            k = Avx512F.FusedMultiplyAdd(k, factor, addend);
            l = Avx512F.FusedMultiplyAdd(l, factor, addend);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    static void Stream(ComputePool pool, TensorType type, int columns, int rounds)
    {
        int size = type == TensorType.F32 ? 4 : 2, rows = 768_000_000 / columns / size;
        string path = Path.GetTempFileName();
        try
        {
            var writer = new GgufWriter();
            writer.AddTensor("w", type, [rows, columns], stream =>
            {
                // A pattern that is an ordinary number in every one of the formats.
                byte[] row = new byte[columns * size];
                new Span<byte>(row).Fill(0x3c);
                for (int r = 0; r < rows; r++) stream.Write(row);
            });
            writer.Write(path);
            using GgufFile file = GgufFile.Open(path);
            using WeightMatrix matrix = new MatrixLoader(pool, int8: false, packed: false).Load(MatrixSource.FromTensor(file.Get("w"), rows, columns));
            using var product = new MatrixProduct(pool);
            using var batch = new ActivationBatch();
            foreach (int count in (int[])[1, 2, 3, 4, 8])
            {
                using FloatRows x = Rows(count, columns), y = new FloatRows(rows).Resize(count);
                string name = string.Create(CultureInfo.InvariantCulture, $"{type} of {columns} columns, {count} rows, {pool.Threads} threads");
                Report(name, "GB/s", matrix.Source.Bytes, rounds, () => product.Run(batch.Set(x), matrix, y));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    static FloatRows Rows(int rows, int columns)
    {
        FloatRows result = new FloatRows(columns).Resize(rows);
        var random = new Random(rows);
        foreach (ref float value in result.All) value = random.NextSingle() - 0.5f;
        return result;
    }

    static double Report(string name, string unit, double work, int rounds, Action action)
    {
        action();
        var times = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            action();
            times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        times.Sort();
        double median = work / times[times.Count / 2] / 1e9;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-40} {median,6:0.0} {unit}   {work / times[^1] / 1e9:0.0} to {work / times[0] / 1e9:0.0}"));
        return median;
    }
}
