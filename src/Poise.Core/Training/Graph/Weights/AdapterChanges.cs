namespace Poise.Core.Training.Graph;

/// <summary>What an adapter trains, by Hugging Face names.</summary>
/// <param name="Pairs">By the path of their module (model.layers.0.self_attn.q_proj) or stacked parameter (model.layers.0.mlp.experts.gate_up_proj).</param>
/// <param name="Replaced">Tensors in place of the base's, by their full names.</param>
/// <param name="Rows">Rows in place of a table's, by the path of its module.</param>
sealed record AdapterChanges(IReadOnlyDictionary<string, LoraPair> Pairs, IReadOnlyDictionary<string, Parameter> Replaced, IReadOnlyDictionary<string, TableRows> Rows)
{
    public static AdapterChanges None { get; } = OfPairs(new Dictionary<string, LoraPair>());

    public static AdapterChanges OfPairs(IReadOnlyDictionary<string, LoraPair> pairs) => new(pairs, new Dictionary<string, Parameter>(), new Dictionary<string, TableRows>());

    public IEnumerable<string> Names => [.. Pairs.Keys, .. Replaced.Keys, .. Rows.Keys];
}
