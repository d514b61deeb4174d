using Poise.Core.Adapters;
using Poise.Core.Training.Graph;
using Poise.Tensors;

namespace Poise.Core.Training.Adapting;

/// <summary>
/// An adapter while it is trained: its factors as parameters under the names that PEFT gives them, and as the pairs that the
/// graph multiplies.
/// </summary>
sealed class TrainedAdapter : IDisposable
{
    readonly AdapterConfig _config;
    readonly List<Entry> _entries = [];
    readonly Dictionary<string, LoraPair> _pairs = [];

    sealed record Entry(BaseParameter Base, int Rank, double Alpha, double Scale, LoraPair Pair);

    TrainedAdapter(AdapterConfig config) => _config = config;

    /// <summary>By module, or by stacked parameter.</summary>
    public IReadOnlyDictionary<string, LoraPair> Pairs => _pairs;

    /// <summary>A, B and magnitude of each target in turn.</summary>
    public IReadOnlyList<Parameter> Parameters =>
        [.. _entries.SelectMany(e => (Parameter?[])[e.Pair.A, e.Pair.B, e.Pair.Magnitude]).OfType<Parameter>()];

    public long Elements => Parameters.Sum(p => p.Elements);

    /// <summary>
    /// A new adapter: A uniform within +-1/sqrt(in), as PEFT's Kaiming initialisation has it, from Philox with the seed and the name
    /// of the factor as its stream; B zero, so that the first step begins at the base.
    /// </summary>
    /// <param name="rowNorms">DoRA: the L2 norm of each output's weights, [out] of a base parameter.</param>
    public static TrainedAdapter Create(AdapterConfig config, AdapterBase @base, ulong seed, Func<BaseParameter, float[]> rowNorms)
    {
        var adapter = new TrainedAdapter(config);
        foreach (BaseParameter target in AdapterTargets.Find(config, @base))
        {
            if (target.Experts > 0 && config.Dora) throw new PoiseException($"{target.Name}: DoRA is not defined for stacked expert matrices. Take lora or rslora, or leave them out.");
            int rank = config.RankOf(target.Name), all = Math.Max(1, target.Experts) * rank;
            FloatRows a = Factors.New(all, target.Inputs), b = Factors.New(target.Outputs, all);
            Uniform(a.All, 1 / MathF.Sqrt(target.Inputs), seed, Philox.StreamOf(target.Name + PeftTensor.Suffixes[PeftRole.A]));
            b.All.Clear();
            adapter.Add(target, rank, config.AlphaOf(target.Name), config.ScaleOf(target.Name), a, b, config.Dora ? rowNorms(target) : null, @base);
        }

        return adapter;
    }

    /// <summary>Goes on from an adapter that was read.</summary>
    public static TrainedAdapter Continue(Adapter adapter, AdapterBase @base)
    {
        if (adapter.Replacements.Count > 0 || adapter.Rows.Count > 0 || adapter.Pairs.Any(p => p.Bias is not null || p.Parameter.Kind is not (BaseKind.Matrix or BaseKind.Experts)))
            throw new PoiseException($"{adapter.Name} replaces tensors, rows, tables or biases; training goes on from low-rank factors of matrices alone. Merge it first (poise merge), and train on the result.");
        var trained = new TrainedAdapter(adapter.Config);
        foreach (LowRankPair pair in adapter.Pairs.OrderBy(p => p.Parameter.Name, StringComparer.Ordinal))
        {
            BaseParameter target = pair.Parameter;
            FloatRows a = Factors.Rows(pair.A.All, pair.A.Rows);
            FloatRows b = Factors.Rows(ExpertFactors.Joined(pair.B.All, Math.Max(1, target.Experts), target.Outputs, pair.Rank), target.Outputs);
            trained.Add(target, pair.Rank, pair.Alpha, pair.Scale, a, b, pair.Magnitudes, @base);
        }

        return trained;
    }

    /// <summary>What it is now, as a neutral adapter with values of its own.</summary>
    public Adapter ToAdapter(string name) => new()
    {
        Name = name,
        Config = _config,
        Pairs = [.. _entries.Select(e =>
        {
            int experts = Math.Max(1, e.Base.Experts);
            FloatRows a = Factors.Rows(e.Pair.A.Value.All, e.Pair.A.Value.Rows);
            FloatRows b = Factors.Rows(ExpertFactors.Parted(e.Pair.B.Value.All, experts, e.Base.Outputs, e.Rank), experts * e.Base.Outputs);
            return new LowRankPair(e.Base, e.Rank, e.Alpha, e.Scale, a, b) { Magnitudes = e.Pair.Magnitude?.Value.All.ToArray() };
        })],
    };

    void Add(BaseParameter target, int rank, double alpha, double scale, FloatRows a, FloatRows b, float[]? magnitudes, AdapterBase @base)
    {
        string module = PeftWriter.ModuleOf(target, _config, @base);
        Parameter Named(PeftRole role, FloatRows value, params long[] shape) => new(PeftTensor.Prefix + module + PeftTensor.Suffixes[role], shape, value);
        Parameter? magnitude = magnitudes is null ? null : Named(PeftRole.Magnitude, Factors.Rows(magnitudes, 1), magnitudes.Length);
        var pair = new LoraPair(Named(PeftRole.A, a, a.Rows, a.Columns), Named(PeftRole.B, b, b.Rows, b.Columns), (float)scale, magnitude);
        _entries.Add(new Entry(target, rank, alpha, scale, pair));
        _pairs.Add(target.LinearModule ?? target.Name, pair);
    }

    static void Uniform(Span<float> values, float bound, ulong seed, ulong stream)
    {
        for (int i = 0; i < values.Length; i += 4)
        {
            (uint x0, uint x1, uint x2, uint x3) = Philox.Generate(seed, stream, (ulong)i / 4);
            ReadOnlySpan<uint> words = [x0, x1, x2, x3];
            // 24 bits, symmetric about zero: whole numbers and a half, so that every step is exact.
            for (int j = 0; j < 4 && i + j < values.Length; j++) values[i + j] = bound * (((words[j] >> 8) + 0.5f - (1 << 23)) / (1 << 23));
        }
    }

    public void Dispose()
    {
        foreach (Parameter parameter in Parameters) parameter.Dispose();
    }
}
