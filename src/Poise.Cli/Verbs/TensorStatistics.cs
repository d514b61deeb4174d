using Poise.Tensors.Formats;
using Poise.Tensors.Quantization;

namespace Poise.Cli.Verbs;

/// <summary>Figures over the finite values of a tensor; the others are counted. Nothing finite leaves NaN.</summary>
sealed record TensorStatistics(
    long Count, double Minimum, double Maximum, double Mean, double Deviation, long Zeros, long Infinite, long NotANumber)
{
    const int ChunkElements = 1 << 16;

    /// <summary>Decodes the tensor piece by piece, so that a tensor of gigabytes needs no more memory than a small one.</summary>
    public static IEnumerable<ReadOnlyMemory<float>> Decode(StoredTensor tensor, CancellationToken cancellation)
    {
        BlockFormat format = tensor.Format;
        int blocks = Math.Max(1, ChunkElements / format.BlockElements);
        var values = new float[blocks * format.BlockElements];
        long total = tensor.ByteLength / format.BlockBytes;
        for (long done = 0; done < total;)
        {
            cancellation.ThrowIfCancellationRequested();
            int now = (int)Math.Min(blocks, total - done);
            Memory<float> chunk = values.AsMemory(0, now * format.BlockElements);
            format.Dequantize(tensor.Bytes(done * format.BlockBytes, now * format.BlockBytes), chunk.Span);
            yield return chunk;
            done += now;
        }
    }

    public static TensorStatistics Of(StoredTensor tensor, CancellationToken cancellation)
    {
        long count = 0, finite = 0, zeros = 0, infinite = 0, notANumber = 0;
        double minimum = double.PositiveInfinity, maximum = double.NegativeInfinity, mean = 0, squares = 0;
        foreach (ReadOnlyMemory<float> chunk in Decode(tensor, cancellation))
        {
            foreach (float value in chunk.Span)
            {
                count++;
                if (float.IsNaN(value)) notANumber++;
                else if (float.IsInfinity(value)) infinite++;
                else
                {
                    finite++;
                    if (value == 0) zeros++;
                    minimum = Math.Min(minimum, value);
                    maximum = Math.Max(maximum, value);
                    // Welford's update: no cancellation where the mean is large beside the spread.
                    double delta = value - mean;
                    mean += delta / finite;
                    squares += delta * (value - mean);
                }
            }
        }
        return finite == 0
            ? new TensorStatistics(count, double.NaN, double.NaN, double.NaN, double.NaN, zeros, infinite, notANumber)
            : new TensorStatistics(count, minimum, maximum, mean, Math.Sqrt(squares / finite), zeros, infinite, notANumber);
    }
}
