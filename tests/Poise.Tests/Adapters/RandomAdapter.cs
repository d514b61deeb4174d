using Poise.Core.Adapters;
using Poise.Tensors;

namespace Poise.Tests.Adapters;

/// <summary>An adapter on every matrix of a base, experts and table included, with ranks and scales that differ.</summary>
static class RandomAdapter
{
    public static Adapter For(AdapterBase @base)
    {
        var random = new Random(7);
        const double Alpha = 6;
        BaseParameter[] matrices = [.. @base.Parameters.Where(p => p.Kind == BaseKind.Experts
            || (p.LinearModule is { } module && p.Name != AdapterBase.HeadName && !module.EndsWith("wpe", StringComparison.Ordinal) && !module.Contains(".experts.", StringComparison.Ordinal)))];
        var config = new AdapterConfig
        {
            Rank = 3,
            Alpha = Alpha,
            RankPattern = [new(".*v_proj", 5)],
            TargetModules = new ModuleSelection(null, [.. matrices.Where(p => p.LinearModule is not null).Select(p => p.LinearModule!)]),
            TargetParameters = [.. matrices.Where(p => p.LinearModule is null).Select(p => p.Name)],
        };
        return new Adapter
        {
            Name = "random",
            Config = config,
            Pairs = [.. matrices.Select(parameter =>
            {
                int rank = parameter.Name.Contains("v_proj", StringComparison.Ordinal) ? 5 : 3, experts = Math.Max(1, parameter.Experts);
                return new LowRankPair(parameter, rank, Alpha, Alpha / rank, Rows(experts * rank, parameter.Inputs), Rows(experts * parameter.Outputs, rank));
            })],
        };

        FloatRows Rows(int rows, int columns)
        {
            FloatRows result = new FloatRows(columns).Resize(rows);
            foreach (ref float value in result.All) value = (float)((random.NextDouble() - 0.5) * 0.2);
            return result;
        }
    }

    /// <summary>Pairs with DoRA's magnitudes on every matrix outside the experts.</summary>
    public static Adapter Dora(AdapterBase @base) => OfModules(@base, name => !name.Contains(".experts.", StringComparison.Ordinal), dora: true);

    /// <summary>A pair for every matrix of every expert.</summary>
    public static Adapter OfExperts(AdapterBase @base) => OfModules(@base, name => name.Contains(".experts.", StringComparison.Ordinal), dora: false);

    static Adapter OfModules(AdapterBase @base, Func<string, bool> chosen, bool dora)
    {
        var random = new Random(9);
        BaseParameter[] matrices = [.. @base.Parameters.Where(p => p is { Kind: BaseKind.Matrix, LinearModule: not null } && p.Name != AdapterBase.HeadName && chosen(p.Name))];
        return new Adapter
        {
            Name = "random",
            Config = new AdapterConfig { Rank = 2, Alpha = 4, Dora = dora, TargetModules = new ModuleSelection(null, [.. matrices.Select(p => p.LinearModule!)]) },
            Pairs = [.. matrices.Select(p => new LowRankPair(p, 2, 4, 2, Rows(2, p.Inputs), Rows(p.Outputs, 2))
            {
                Magnitudes = dora ? [.. Enumerable.Range(0, p.Outputs).Select(_ => 0.5f + random.NextSingle())] : null,
            })],
        };

        FloatRows Rows(int rows, int columns)
        {
            FloatRows result = new FloatRows(columns).Resize(rows);
            foreach (ref float value in result.All) value = (float)((random.NextDouble() - 0.5) * 0.2);
            return result;
        }
    }

    /// <summary>One pair, all biases, and the weights of all norms.</summary>
    public static Adapter OfVectors(AdapterBase @base)
    {
        var random = new Random(8);
        BaseParameter matrix = @base.Parameters.First(p => p.Kind == BaseKind.Matrix && p.Name != AdapterBase.HeadName);
        BaseParameter[] vectors = [.. @base.Parameters.Where(p => p.Kind == BaseKind.Other && p.Shape.Count == 1
            && (p.Name.EndsWith(".bias", StringComparison.Ordinal) || p.Name.EndsWith(".weight", StringComparison.Ordinal)))];
        FloatRows a = new FloatRows(matrix.Inputs).Resize(1), b = new FloatRows(1).Resize(matrix.Outputs);
        a.All.Fill(0.0625f);
        b.All.Fill(0.0625f);
        return new Adapter
        {
            Name = "random",
            Config = new AdapterConfig
            {
                Rank = 1, Alpha = 1, Bias = AdapterBias.All, TargetModules = new ModuleSelection(null, [matrix.Name[..^".weight".Length]]),
                ModulesToSave = [.. vectors.Where(p => p.Name.EndsWith(".weight", StringComparison.Ordinal)).Select(p => p.Name[..^".weight".Length])],
            },
            Pairs = [new LowRankPair(matrix, 1, 1, 1, a, b)],
            // Of few bits: as exact in every type.
            Replacements = [.. vectors.Select(p => new Replacement(p, [.. Enumerable.Range(0, p.Outputs).Select(_ => random.Next(-32, 64) / 64f)]))],
        };
    }

    public static void AssertEqual(Adapter expected, Adapter actual)
    {
        Dictionary<string, LowRankPair> pairs = actual.Pairs.ToDictionary(pair => pair.Parameter.Name);
        Assert.Equal(expected.Pairs.Select(pair => pair.Parameter.Name).Order(StringComparer.Ordinal), pairs.Keys.Order(StringComparer.Ordinal));
        foreach (LowRankPair pair in expected.Pairs)
        {
            LowRankPair other = pairs[pair.Parameter.Name];
            Assert.Equal((pair.Rank, pair.Alpha, pair.Scale), (other.Rank, other.Alpha, other.Scale));
            Assert.Equal(pair.A.All.ToArray(), other.A.All.ToArray());
            Assert.Equal(pair.B.All.ToArray(), other.B.All.ToArray());
        }
    }
}
