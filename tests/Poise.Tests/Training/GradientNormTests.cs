using Poise.Core.Training;
using Poise.Core.Training.Optimizers;
using Poise.Tensors.Threading;

namespace Poise.Tests.Training;

/// <summary>The norm over all gradients: its documented order to the bit, for any number of threads.</summary>
public sealed class GradientNormTests
{
    [Fact]
    public void TheSumIsInTheDocumentedOrder()
    {
        Parameter[] parameters = TrainingFixture.Parameters();
        TrainingFixture.FillGradients(parameters, 5);
        double expected = 0;
        foreach (Parameter parameter in parameters)
            foreach (float[] piece in parameter.Gradient.All.ToArray().Chunk(16384))
            {
                var lanes = new double[8];
                for (int i = 0; i < piece.Length; i++) lanes[i % 8] += (double)piece[i] * piece[i];
                expected += ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
            }
        foreach (int threads in (int[])[1, 2, 5])
        {
            using var pool = new ComputePool(threads);
            Assert.Equal(Math.Sqrt(expected), new GradientNorm(parameters).Compute(pool));
        }
        TrainingFixture.Dispose(parameters);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void OneBadGradientShows(float bad)
    {
        Parameter[] parameters = TrainingFixture.Parameters();
        parameters[3].Gradient.All[20_000] = bad;
        using var pool = new ComputePool(2);
        Assert.False(double.IsFinite(new GradientNorm(parameters).Compute(pool)));
        TrainingFixture.Dispose(parameters);
    }

    [Fact]
    public void ClippingIsThatOfTheSpecification()
    {
        Assert.Equal((float)(0.5 / (2 + 1e-6)), GradientNorm.ClipFactor(2, 0.5));
        Assert.Equal(1, GradientNorm.ClipFactor(0.4, 0.5));
        Assert.Equal(1, GradientNorm.ClipFactor(0, 0.5));
        Assert.Equal(1, GradientNorm.ClipFactor(1e9, 0));
    }
}
