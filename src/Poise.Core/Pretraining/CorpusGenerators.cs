using Poise.Core.Nano;

namespace Poise.Core.Pretraining;

/// <summary>Code that writes corpora, one row each.</summary>
static class CorpusGenerators
{
    static readonly Dictionary<string, Func<CorpusPlan, IEnumerable<NanoSample>>> s_all = new()
    {
        ["nano"] = plan => NanoCorpus.Samples(unchecked((ulong)plan.Seed), plan.Conversations),
    };

    public static IReadOnlyList<string> Names => [.. s_all.Keys];

    public static IEnumerable<NanoSample> Samples(CorpusPlan plan) => s_all[plan.Generator](plan);
}
