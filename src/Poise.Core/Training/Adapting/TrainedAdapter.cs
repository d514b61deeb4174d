using Poise.Core.Adapters;
using Poise.Core.Training.Graph;
using Poise.Tensors;

namespace Poise.Core.Training.Adapting;

/// <summary>
/// An adapter while it is trained: everything that it changes as parameters under the names that PEFT gives them, and as what the
/// graph computes with.
/// </summary>
sealed class TrainedAdapter : IDisposable
{
    readonly AdapterConfig _config;
    readonly List<Entry> _entries = [];
    readonly List<(BaseParameter Base, Parameter Value)> _replaced = [];
    readonly List<(BaseParameter Table, TableRows Rows)> _rows = [];
    readonly Dictionary<string, LoraPair> _pairs = [];

    sealed record Entry(BaseParameter Base, int Rank, double Alpha, double Scale, LoraPair Pair);

    TrainedAdapter(AdapterConfig config) => _config = config;

    /// <summary>By module, or by stacked parameter.</summary>
    public IReadOnlyDictionary<string, LoraPair> Pairs => _pairs;

    public AdapterChanges Changes => new(_pairs, _replaced.ToDictionary(r => r.Base.Name, r => r.Value), _rows.ToDictionary(r => r.Table.LinearModule!, r => r.Rows));

    /// <summary>A, B, magnitude and bias of each target in turn, then tensors and rows that are replaced.</summary>
    public IReadOnlyList<Parameter> Parameters =>
        [.. _entries.SelectMany(e => (Parameter?[])[e.Pair.A, e.Pair.B, e.Pair.Magnitude, e.Pair.Bias]).OfType<Parameter>(), .. _replaced.Select(r => r.Value), .. _rows.Select(r => r.Rows.Values)];

    public long Elements => Parameters.Sum(p => p.Elements);

    /// <summary>
    /// A new adapter: A uniform within +-1/sqrt(in), as PEFT's Kaiming initialisation has it, from Philox with the seed and the name
    /// of the factor as its stream; B zero, so that the first step begins at the base. Of a table B is normal and A zero, as there.
    /// </summary>
    /// <param name="norms">DoRA: the L2 norm of each output's weights, [out] of a base parameter.</param>
    public static TrainedAdapter Create(AdapterConfig config, AdapterBase @base, ulong seed, Func<BaseParameter, float[]> norms)
    {
        var adapter = new TrainedAdapter(config);
        foreach (BaseParameter target in AdapterTargets.Find(config, @base))
        {
            if (target.Experts > 0 && config.Dora) throw new PoiseException($"{target.Name}: DoRA is not defined for stacked expert matrices. Take lora or rslora, or leave them out.");
            bool table = target.Kind == BaseKind.Table;
            int rank = config.RankOf(target.Name), all = Math.Max(1, target.Experts) * rank, inputs = table ? target.Outputs : target.Inputs, outputs = table ? target.Inputs : target.Outputs;
            FloatRows a = Factors.New(all, inputs), b = Factors.New(outputs, all);
            a.All.Clear();
            b.All.Clear();
            if (table) StartingValues.Normal(b.All, seed, Philox.StreamOf(target.Name + PeftTensor.Suffixes[PeftRole.EmbeddingB]));
            else StartingValues.Uniform(a.All, 1 / MathF.Sqrt(inputs), seed, Philox.StreamOf(target.Name + PeftTensor.Suffixes[PeftRole.A]));
            float[]? bias = config.LoraBias && !table ? new float[outputs] : null;
            adapter.Add(target, rank, config.AlphaOf(target.Name), config.ScaleOf(target.Name), a, b, config.Dora ? norms(target) : null, bias, @base);
        }

        return adapter;
    }

    /// <summary>Goes on from an adapter that was read.</summary>
    /// <param name="weights">Of the base; without them tensors that an adapter replaces by the base's own, as PEFT copies tables that it adapts, are trained like others.</param>
    public static TrainedAdapter Continue(Adapter adapter, AdapterBase @base, BaseWeights? weights = null)
    {
        var trained = new TrainedAdapter(adapter.Config);
        foreach (LowRankPair pair in adapter.Pairs.OrderBy(p => p.Parameter.Name, StringComparer.Ordinal))
        {
            BaseParameter target = pair.Parameter;
            bool table = target.Kind == BaseKind.Table;
            // PEFT holds the factors of a table the other way round.
            FloatRows a = table ? Factors.Transposed(pair.B.All, pair.B.Rows, pair.Rank) : Factors.Rows(pair.A.All, pair.A.Rows);
            FloatRows b = table ? Factors.Transposed(pair.A.All, pair.Rank, pair.A.Columns)
                : Factors.Rows(ExpertFactors.Joined(pair.B.All, Math.Max(1, target.Experts), target.Outputs, pair.Rank), target.Outputs);
            trained.Add(target, pair.Rank, pair.Alpha, pair.Scale, a, b, pair.Magnitudes, pair.Bias, @base);
        }

        foreach (Replacement replacement in adapter.Replacements.OrderBy(r => r.Parameter.Name, StringComparer.Ordinal))
        {
            BaseParameter parameter = replacement.Parameter;
            if (trained._entries.Exists(e => e.Base == parameter) && weights?.Holds(parameter, replacement.Values, @base) == true) continue;
            string name = PeftTensor.Prefix + PeftWriter.ReplacementName(parameter, adapter);
            trained._replaced.Add((parameter, new Parameter(name, [.. parameter.Shape], Factors.Rows(replacement.Values, replacement.Values.Length / checked((int)parameter.Shape[^1])))));
        }

        foreach (RowReplacement rows in adapter.Rows.OrderBy(r => r.Table.Name, StringComparer.Ordinal))
        {
            string name = PeftTensor.Prefix + rows.Table.LinearModule + PeftTensor.Suffixes[PeftRole.TokenRows];
            var values = new Parameter(name, [rows.Indices.Length, rows.Table.Inputs], Factors.Rows(rows.Values, rows.Indices.Length));
            trained._rows.Add((rows.Table, new TableRows(rows.Indices, values)));
        }

        return trained;
    }

    /// <summary>What it is now, as a neutral adapter with values of its own.</summary>
    public Adapter ToAdapter(string name) => new()
    {
        Name = name,
        Config = _config,
        Pairs = [.. _entries.Select(ToPair)],
        Replacements = [.. _replaced.Select(r => new Replacement(r.Base, r.Value.Value.All.ToArray()))],
        Rows = [.. _rows.Select(r => new RowReplacement(r.Table, r.Rows.Indices, r.Rows.Values.Value.All.ToArray()))],
    };

    static LowRankPair ToPair(Entry entry)
    {
        (FloatRows first, FloatRows second) = (entry.Pair.A.Value, entry.Pair.B.Value);
        int experts = Math.Max(1, entry.Base.Experts);
        bool table = entry.Base.Kind == BaseKind.Table;
        FloatRows a = table ? Factors.Transposed(second.All, second.Rows, second.Columns) : Factors.Rows(first.All, first.Rows);
        FloatRows b = table ? Factors.Transposed(first.All, first.Rows, first.Columns)
            : Factors.Rows(ExpertFactors.Parted(second.All, experts, entry.Base.Outputs, entry.Rank), experts * entry.Base.Outputs);
        return new LowRankPair(entry.Base, entry.Rank, entry.Alpha, entry.Scale, a, b) { Magnitudes = entry.Pair.Magnitude?.Value.All.ToArray(), Bias = entry.Pair.Bias?.Value.All.ToArray() };
    }

    void Add(BaseParameter target, int rank, double alpha, double scale, FloatRows a, FloatRows b, float[]? magnitudes, float[]? biases, AdapterBase @base)
    {
        bool table = target.Kind == BaseKind.Table;
        string module = PeftWriter.ModuleOf(target, _config, @base);
        Parameter Named(PeftRole role, FloatRows value, params long[] shape) => new(PeftTensor.Prefix + module + PeftTensor.Suffixes[role], shape, value);
        Parameter? Vector(PeftRole role, float[]? values) => values is null ? null : Named(role, Factors.Rows(values, 1), values.Length);
        var pair = new LoraPair(Named(table ? PeftRole.EmbeddingA : PeftRole.A, a, a.Rows, a.Columns), Named(table ? PeftRole.EmbeddingB : PeftRole.B, b, b.Rows, b.Columns),
            (float)scale, Vector(PeftRole.Magnitude, magnitudes), Vector(PeftRole.BBias, biases));
        _entries.Add(new Entry(target, rank, alpha, scale, pair));
        _pairs.Add(target.LinearModule ?? target.Name, pair);
    }

    public void Dispose()
    {
        foreach (Parameter parameter in Parameters) parameter.Dispose();
    }
}
