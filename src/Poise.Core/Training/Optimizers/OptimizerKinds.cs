using Poise.Tensors;

namespace Poise.Core.Training.Optimizers;

/// <summary>The optimisers that there are: one row each.</summary>
public static class OptimizerKinds
{
    static readonly Kind[] s_all =
    [
        new("adamw", _ => 2, (settings, parameters) => new AdamW(settings, parameters)),
        new("sgd", settings => settings.Momentum > 0 ? 1 : 0, (settings, parameters) => new Sgd(settings, parameters)),
        new("muon", _ => 2, (settings, parameters) => new Muon(settings, parameters)),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(k => k.Name)];

    public static IOptimizer Create(OptimizerSettings settings, IReadOnlyList<Parameter> parameters) =>
        Find(settings.Kind).Create(settings, parameters);

    /// <summary>Bytes of state for each trained element.</summary>
    public static int StateBytesPerElement(OptimizerSettings settings) => sizeof(float) * Find(settings.Kind).StatesPerElement(settings);

    static Kind Find(string name) => Array.Find(s_all, k => k.Name == name)
        ?? throw new PoiseException($"There is no optimiser '{name}'. Choose one of {string.Join(", ", Names)}.");

    sealed record Kind(string Name, Func<OptimizerSettings, int> StatesPerElement, Func<OptimizerSettings, IReadOnlyList<Parameter>, IOptimizer> Create);
}
