using Poise.Core.Layers;

namespace Poise.Tests.Layers;

/// <summary>Which experts are chosen and what they weigh, by hand.</summary>
public class RouterTests
{
    [Fact]
    public void TheChosenOfASoftmaxOverAllKeepTheirProbabilities()
    {
        float[] logits = [0, MathF.Log(2), MathF.Log(4), 0, MathF.Log(2)];
        int[] experts = new int[2];
        float[] weights = new float[2];
        Router.SoftmaxThenChoose(logits, experts, weights);
        // Of the two with the same logit the first.
        Assert.Equal([1, 2], experts);
        Assert.Equal(0.2f, weights[0], 1e-6f);
        Assert.Equal(0.4f, weights[1], 1e-6f);
        Router.ChooseThenSoftmax(logits, experts, weights);
        Assert.Equal([1, 2], experts);
        Assert.Equal(2 / 6f, weights[0], 1e-6f);
    }

    // Groups (0, 1), (2, 3), (4, 5): sums of the best two, or the best.
    [Fact]
    public void GroupsRankByTheirBestTwoWithABiasAndByTheirBestWithout()
    {
        float[] scores = [0.6f, 0.6f, 0.9f, 0.1f, 0.5f, 0.45f];
        float[] logits = Array.ConvertAll(scores, s => MathF.Log(s / (1 - s)));
        int[] experts = new int[1];
        float[] weights = new float[1];
        new GroupedRouter(3, 1, new float[6], normalise: false, factor: 2).Choose(logits, experts, weights);
        Assert.Equal(0, experts[0]);
        Assert.Equal(1.2f, weights[0], 1e-6f);
        new GroupedRouter(3, 1, null, normalise: false, factor: 1).Choose(logits, experts, weights);
        Assert.Equal(2, experts[0]);
    }

    [Fact]
    public void ABiasSteersTheChoiceAndNotTheWeights()
    {
        float[] logits = [1, 2, 3, 4], bias = [0, 5, 0, -0.5f];
        int[] experts = new int[2];
        float[] weights = new float[2];
        new GroupedRouter(1, 1, bias, normalise: true, factor: 2.5f).Choose(logits, experts, weights);
        Assert.Equal([1, 2], experts);
        double first = Sigmoid(2), second = Sigmoid(3);
        Assert.Equal(2.5 * first / (first + second), weights[0], 1e-6);
        Assert.Equal(2.5 * second / (first + second), weights[1], 1e-6);
    }

    // Masked groups count as minus infinity: a negative score in an open group goes before a positive one in a closed group.
    [Fact]
    public void ClosedGroupsAreNeverChosenFrom()
    {
        float[] logits = [3, -9, 2, 2], bias = [0, -1, -2, -2];
        int[] experts = new int[2];
        float[] weights = new float[2];
        new GroupedRouter(2, 1, bias, normalise: false, factor: 1).Choose(logits, experts, weights);
        Assert.Equal([0, 1], experts);
    }

    [Fact]
    public void NumbersThatAreNoneStillGiveExperts()
    {
        float[] logits = [float.NaN, float.NaN, float.NaN, float.NaN];
        int[] experts = new int[3];
        float[] weights = new float[3];
        new GroupedRouter(2, 2, new float[4], normalise: true, factor: 1).Choose(logits, experts, weights);
        Assert.Equal([0, 1, 2], experts);
        new GroupedRouter(4, 3, null, normalise: false, factor: 1).Choose(logits, experts, weights);
        Assert.Equal([0, 1, 2], experts);
        Router.SoftmaxThenChoose(logits, experts, weights);
        Assert.Equal([0, 1, 2], experts);
    }

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
