using Poise.Tensors.Formats;

namespace Poise.Tests.Formats;

/// <summary>What the tests do with an open checkpoint.</summary>
static class Reading
{
    /// <summary>Touches every byte of every tensor and checks that the shapes make sense.</summary>
    public static ulong SumAll(Checkpoint checkpoint)
    {
        ulong sum = 0;
        foreach (StoredTensor tensor in checkpoint.Tensors)
        {
            TypeSize size = TypeSizes.Get(tensor.Type);
            Assert.Equal(tensor.ByteLength, tensor.Elements / size.BlockElements * size.BlockBytes);
            for (long offset = 0; offset < tensor.ByteLength; offset += 1 << 16)
                foreach (byte b in tensor.Bytes(offset, (int)Math.Min(1 << 16, tensor.ByteLength - offset))) sum += b;
        }
        return sum;
    }

    public static byte[] AllBytes(this StoredTensor tensor) => tensor.Bytes(0, (int)tensor.ByteLength).ToArray();
}
