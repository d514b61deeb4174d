using System.Security.Cryptography;
using System.Text;
using Poise.Core.Training.Data;

namespace Poise.Tests.Training.Data;

/// <summary>The shuffle is specified: these orders were computed by a program of another language from the description alone.</summary>
public sealed class SampleOrderTests
{
    [Theory]
    [InlineData(42UL, 0, "6 3 2 0 7 5 1 4 8 9")]
    [InlineData(42UL, 1, "5 0 6 9 7 1 3 8 2 4")]
    [InlineData((1UL << 63) + 5, 7, "6 8 2 5 3 4 0 7 9 1")]
    public void SmallOrdersAreAsSpecified(ulong seed, int epoch, string expected) => Assert.Equal(expected, string.Join(' ', SampleOrder.Shuffled(10, seed, epoch)));

    [Fact]
    public void ALongOrderIsAsSpecified() =>
        Assert.Equal("7c82a938324f0bc8c982bb1b4845d355390cf1f7fa935f2cc101672f0e241fea", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(',', SampleOrder.Shuffled(1000, 1, 2))))));

    [Fact]
    public void EveryPlaceIsAsLikely()
    {
        int[] first = new int[5];
        for (int epoch = 0; epoch < 5000; epoch++) first[SampleOrder.Shuffled(5, 3, epoch)[0]]++;
        Assert.All(first, count => Assert.InRange(count, 880, 1120));
    }

    [Fact]
    public void NoneAndOneHaveOneOrder()
    {
        Assert.Empty(SampleOrder.Shuffled(0, 1, 1));
        Assert.Equal([0], SampleOrder.Shuffled(1, 1, 1));
        Assert.Equal([0, 1, 2], SampleOrder.File(3));
    }
}
