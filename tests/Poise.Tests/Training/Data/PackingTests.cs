using Poise.Core.Training;
using Poise.Core.Training.Data;
using Poise.Core.Training.Objectives;
using Poise.Core.Training.Recipes;

namespace Poise.Tests.Training.Data;

public sealed class PackingTests
{
    [Fact]
    public void FirstFitDecreasingIsThePlainAlgorithm()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            int rowLength = random.Next(1, 60);
            int[] lengths = [.. Enumerable.Range(0, random.Next(0, 80)).Select(_ => random.Next(1, rowLength + 1))];
            // The algorithm as it is told in a sentence.
            var rows = new List<List<int>>();
            foreach (int sample in Enumerable.Range(0, lengths.Length).OrderByDescending(i => lengths[i]).ThenBy(i => i))
            {
                List<int>? row = rows.Find(r => r.Sum(i => lengths[i]) + lengths[sample] <= rowLength);
                if (row is null) rows.Add([sample]);
                else row.Add(sample);
            }
            string expected = string.Join("; ", rows.Select(r => string.Join(' ', r.Order())).OrderBy(r => int.Parse(r.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
            Assert.Equal(expected, Shown(Packing.FirstFitDecreasing(lengths, rowLength)));
        }
    }

    [Theory]
    [InlineData(false, "1 1 1 2 2 2; 3 3 3 3 3 4")]
    [InlineData(true, "1 1 1 3 3 3 3 3; 2 2 2 4")]
    public void RowsOfARecipeKeepItsOrder(bool shuffled, string expected)
    {
        TrainingSample[] samples = [.. ((int[])[3, 3, 5, 1]).Select((length, i) => new TrainingSample([.. Enumerable.Repeat(i + 1, length)], [.. Enumerable.Repeat(i + 1, length)]))];
        var objective = new SampleObjective(new RecipeData(["a"], [], 0, 8, Packing: true, shuffled, 0), samples);
        Assert.Equal(expected, string.Join("; ", Enumerable.Range(0, objective.Rows).Select(row => string.Join(' ', objective.Batch([row]).Tokens))));
    }

    [Fact]
    public void AnOrderIsKept()
    {
        Assert.Equal("3 0; 1; 2", Shown(Packing.InOrder([4, 5, 7, 2], [3, 0, 1, 2], 8)));
        Assert.Empty(Packing.InOrder([4], [], 8));
        Assert.Throws<ArgumentException>(() => Packing.InOrder([9], [0], 8));
    }

    [Fact]
    public void DocumentsOfARowBeginAnew()
    {
        TrainingSample a = new([5, 6, 7], [5, 6, 7]), b = new([8, 9], [-100, 9]), c = new([1], [1]);
        TrainingRow row = TrainingRow.Of([a, b, c], width: 8, padId: 3);
        Assert.Equal([5, 6, 7, 8, 9, 1, 3, 3], row.Ids);
        Assert.Equal([-100, 6, 7, -100, 9, -100, -100, -100], row.Labels);
        Assert.Equal([0, 1, 2, 0, 1, 0, 1, 2], row.Positions);
        Assert.Equal([0, 3, 5], row.DocumentStarts);
        Assert.Equal([3, 2, 1], row.DocumentLengths);
        Assert.Equal((6, 3), (row.Length, row.LossTokens));
    }

    [Fact]
    public void ABatchIsTheDocumentsOfItsRowsWithoutPadding()
    {
        TrainingRow one = TrainingRow.Of([new([5, 6, 7], [-100, 6, 7]), new([8, 9], [-100, 9])], width: 8), two = TrainingRow.Of([new([1, 2], [-100, 2])], width: 8);
        TrainingBatch batch = TrainingBatch.Of([one, two]);
        Assert.Equal([5, 6, 7, 8, 9, 1, 2], batch.Tokens);
        Assert.Equal([0, 3, 5], batch.Starts);
        Assert.Equal([0, 1, 2, 0, 1, 0, 1], batch.Positions);
        Assert.Equal([6, 7, -100, 9, -100, 2, -100], batch.Targets);
        Assert.Equal(one.LossTokens + two.LossTokens, batch.TargetCount);
    }

    static string Shown(IReadOnlyList<int[]> rows) => string.Join("; ", rows.Select(row => string.Join(' ', row)));
}
