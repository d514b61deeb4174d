using System.Buffers.Binary;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>
/// Writes synthetic tensors in chunks that several threads fill while the chunks before them are written. The bytes of a block depend on
/// seed, tensor name and place alone, so that thread count and chunk size do not show.
/// </summary>
sealed class SyntheticStream
{
    /// <summary>Blocks of a chunk take about this many bytes; two rows of chunks, one a thread, are held.</summary>
    const int ChunkBytes = 2 << 20;

    readonly ulong _seed;
    readonly int _threads;
    readonly Action<long>? _written;
    readonly CancellationToken _cancellation;

    public SyntheticStream(ulong seed, int threads, Action<long>? written, CancellationToken cancellation)
    {
        _seed = seed;
        _threads = threads > 0 ? threads : Environment.ProcessorCount;
        _written = written;
        _cancellation = cancellation;
    }

    public void Write(SyntheticTensor tensor, Stream stream)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (tensor.Values is { } values)
        {
            var bytes = new byte[4 * values.Length];
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
            stream.Write(bytes);
            _written?.Invoke(bytes.Length);
            return;
        }
        SyntheticCodes codes = SyntheticCodes.Get(tensor.Type);
        long blocks = (tensor.Elements + codes.BlockElements - 1) / codes.BlockElements;
        int chunk = (int)Math.Min(Math.Max(1, ChunkBytes / codes.BlockBytes), blocks);
        int row = (int)Math.Min(_threads, (blocks + chunk - 1) / chunk);
        Buffers current = new(row, chunk, codes), next = new(row, chunk, codes);
        // The last group of a plain type may be cut short: its elements are not always a multiple of 8.
        long left = tensor.ByteLength;
        current.Fill(this, tensor, codes, 0, blocks);
        for (long start = 0; start < blocks; start += (long)row * chunk)
        {
            _cancellation.ThrowIfCancellationRequested();
            long following = start + (long)row * chunk;
            Buffers target = next;
            Task? filling = following < blocks ? Task.Run(() => target.Fill(this, tensor, codes, following, blocks), CancellationToken.None) : null;
            try
            {
                for (int i = 0; i < row && left > 0; i++)
                {
                    int length = (int)Math.Min(left, current.Lengths[i]);
                    stream.Write(current.Bytes[i], 0, length);
                    left -= length;
                    _written?.Invoke(length);
                }
            }
            finally
            {
                filling?.Wait(CancellationToken.None);
            }
            (current, next) = (next, current);
        }
    }

    /// <summary>One chunk a thread.</summary>
    sealed class Buffers(int row, int chunk, SyntheticCodes codes)
    {
        readonly byte[][] _random = [.. Enumerable.Range(0, row).Select(_ => new byte[chunk * codes.RandomBytes])];

        public byte[][] Bytes { get; } = [.. Enumerable.Range(0, row).Select(_ => new byte[chunk * codes.BlockBytes])];

        public int[] Lengths { get; } = new int[row];

        public void Fill(SyntheticStream owner, SyntheticTensor tensor, SyntheticCodes codes, long start, long blocks)
        {
            ulong name = Philox.StreamOf(tensor.Name);
            float scale = (float)(tensor.Deviation / codes.Spread);
            Parallel.For(0, row, new ParallelOptions { MaxDegreeOfParallelism = row }, i =>
            {
                long first = start + (long)i * chunk;
                int count = (int)Math.Clamp(blocks - first, 0, chunk);
                Lengths[i] = count * codes.BlockBytes;
                if (count == 0) return;
                Span<byte> random = _random[i].AsSpan(0, count * codes.RandomBytes);
                Philox.Fill(owner._seed, name, checked((ulong)first * (ulong)(codes.RandomBytes / Philox.BlockBytes)), random);
                Span<byte> bytes = Bytes[i];
                for (int b = 0; b < count; b++)
                    codes.Write(random.Slice(b * codes.RandomBytes, codes.RandomBytes), tensor.Mean, scale, bytes.Slice(b * codes.BlockBytes, codes.BlockBytes));
            });
        }
    }
}
