using Poise.Core.Training;
using Poise.Core.Training.Optimizers;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Tests.Training;

/// <summary>Steps of orthogonal matrices against the formulas in double, and the rest against Adam to the bit.</summary>
public sealed class MuonTests
{
    const double Momentum = 0.95, Decay = 0.1;

    static readonly OptimizerSettings s_settings = new("muon", 0.9, 0.98, 1e-8, Decay, Momentum);

    [Theory]
    [InlineData("layers.0.q_proj.weight", true)]
    [InlineData("layers.0.experts.down_proj", true)]
    [InlineData("layers.0.router.weight", true)]
    [InlineData("layers.0.experts.down_proj_bias", false)]
    [InlineData("model.embed_tokens.weight", false)]
    [InlineData("lm_head.weight", false)]
    [InlineData("transformer.wpe.weight", false)]
    public void MatricesBetweenLayersAreItsOwn(string name, bool own)
    {
        using Parameter parameter = TrainingFixture.Parameter(name, 1, 4, 6);
        Assert.Equal(own, Muon.IsHiddenMatrix(parameter));
    }

    [Fact]
    public void VectorsAndSingleRowsAreNot()
    {
        using Parameter vector = TrainingFixture.Parameter("layers.0.sinks", 1, 8), row = TrainingFixture.Parameter("layers.0.scale.weight", 1, 1, 8);
        Assert.False(Muon.IsHiddenMatrix(vector));
        Assert.False(Muon.IsHiddenMatrix(row));
    }

    [Theory]
    [InlineData(7, 13)]
    [InlineData(48, 48)]
    [InlineData(96, 33)]
    public void SingularValuesComeNearOne(int rows, int columns)
    {
        using FloatRows matrix = new FloatRows(columns).Resize(rows);
        TrainingFixture.Fill(matrix.All, 5, "orthogonal");
        using var orthogonalization = new Orthogonalization();
        double[][] before = Array(matrix);
        orthogonalization.Run(matrix);
        double[][] after = Array(matrix), gram = Product(after, Transposed(after));
        if (rows > columns) gram = Product(Transposed(after), after);
        // A sum of squared singular values, each between 0.5 and 1.5 but for the smallest, which need more steps to grow.
        double mean = gram.Select((row, i) => row[i]).Average();
        Assert.InRange(mean, 0.5, 1.3);
        // It points where the matrix points.
        Assert.True(after.Zip(before, (x, y) => x.Zip(y, (a, b) => a * b).Sum()).Sum() > 0);
    }

    [Fact]
    public void StepsFollowTheFormulasInDouble()
    {
        const int Steps = 6;
        (int Count, int Rows, int Columns) stack = (3, 20, 12);
        using Parameter parameter = TrainingFixture.Parameter("layers.0.experts.down_proj", 1, stack.Count, stack.Rows, stack.Columns);
        double[][] value = Array(parameter.Value), before = Array(parameter.Value), momentum = [.. value.Select(row => new double[row.Length])];
        using var pool = new ComputePool(2);
        using IOptimizer optimizer = OptimizerKinds.Create(s_settings, [parameter]);
        for (int t = 1; t <= Steps; t++)
        {
            TrainingFixture.FillGradients([parameter], (ulong)t);
            const double Rate = 0.01, Scale = 0.5;
            optimizer.Step(pool, Rate, (float)Scale);
            double[][] gradient = Array(parameter.Gradient);
            for (int first = 0; first < value.Length; first += stack.Rows)
            {
                var look = new double[stack.Rows][];
                for (int r = 0; r < stack.Rows; r++)
                {
                    double[] g = [.. gradient[first + r].Select(x => x * Scale)];
                    momentum[first + r] = [.. momentum[first + r].Zip(g, (u, x) => (Momentum * u) + x)];
                    look[r] = [.. momentum[first + r].Zip(g, (u, x) => (Momentum * u) + x)];
                }
                double[][] step = Orthogonal(look);
                for (int r = 0; r < stack.Rows; r++)
                    for (int c = 0; c < stack.Columns; c++)
                        value[first + r][c] = (value[first + r][c] * (1 - (Rate * Decay))) - (Rate * 0.2 * Math.Sqrt(Math.Max(stack.Rows, stack.Columns)) * step[r][c]);
            }
        }
        double error = 0, moved = 0;
        double[][] given = Array(parameter.Value);
        for (int r = 0; r < value.Length; r++)
            for (int c = 0; c < stack.Columns; c++)
            {
                error += Math.Pow(given[r][c] - value[r][c], 2);
                moved += Math.Pow(value[r][c] - before[r][c], 2);
            }
        Assert.True(Math.Sqrt(error / moved) < 1e-4, $"{Math.Sqrt(error / moved):E2}");
    }

    [Fact]
    public void WhatIsNoMatrixGoesByAdam()
    {
        Parameter[] all = TrainingFixture.Parameters(), alone = TrainingFixture.Parameters();
        Parameter[] others = [.. alone.Where(p => !Muon.IsHiddenMatrix(p))];
        using var pool = new ComputePool(2);
        using IOptimizer muon = OptimizerKinds.Create(s_settings, all), adam = OptimizerKinds.Create(s_settings with { Kind = "adamw" }, others);
        for (ulong t = 1; t <= 3; t++)
        {
            TrainingFixture.FillGradients(all, t);
            TrainingFixture.FillGradients(others, t);
            muon.Step(pool, 0.01, 1);
            adam.Step(pool, 0.01, 1);
        }
        Assert.NotEmpty(others);
        Assert.All(others, p => Assert.Equal(p.Value.All.ToArray(), all.Single(a => a.Name == p.Name).Value.All.ToArray()));
        TrainingFixture.Dispose([.. all, .. alone]);
    }

    static double[][] Orthogonal(double[][] matrix)
    {
        bool tall = matrix.Length > matrix[0].Length;
        double norm = Math.Sqrt(matrix.Sum(row => row.Sum(x => x * x))) + 1e-7;
        double[][] x = [.. matrix.Select(row => row.Select(v => v / norm).ToArray())];
        if (tall) x = Transposed(x);
        for (int i = 0; i < 5; i++)
        {
            double[][] a = Product(x, Transposed(x)), square = Product(a, a);
            double[][] b = [.. a.Zip(square, (p, q) => p.Zip(q, (s, t) => (-4.775 * s) + (2.0315 * t)).ToArray())];
            x = [.. Product(b, x).Zip(x, (p, q) => p.Zip(q, (s, t) => s + (3.4445 * t)).ToArray())];
        }
        return tall ? Transposed(x) : x;
    }

    static double[][] Product(double[][] a, double[][] b)
    {
        double[][] columns = Transposed(b);
        return [.. a.Select(row => columns.Select(column => row.Zip(column, (x, y) => x * y).Sum()).ToArray())];
    }

    static double[][] Transposed(double[][] a) => [.. Enumerable.Range(0, a[0].Length).Select(c => a.Select(row => row[c]).ToArray())];

    static double[][] Array(FloatRows rows) => [.. Enumerable.Range(0, rows.Rows).Select(r => rows.Row(r).ToArray().Select(v => (double)v).ToArray())];
}
