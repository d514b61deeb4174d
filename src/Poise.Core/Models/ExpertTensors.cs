namespace Poise.Core.Models;

/// <summary>Which tensors hold the experts of a mixture, in every layout.</summary>
static class ExpertTensors
{
    public static bool Contains(string name) => name.Contains("_exps.", StringComparison.Ordinal) || name.Contains(".experts.", StringComparison.Ordinal)
        || name.Contains(".mlp.mlp1_", StringComparison.Ordinal) || name.Contains(".mlp.mlp2_", StringComparison.Ordinal);
}
