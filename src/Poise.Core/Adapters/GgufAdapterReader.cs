using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>
/// Reads GGUF adapters, which hold factors under the GGUF names of the tensors that they add to: lora_a [rank, in], lora_b
/// [out, rank] in the row order of those tensors, experts stacked before, and one alpha for all.
/// </summary>
static class GgufAdapterReader
{
    const string First = ".lora_a", Second = ".lora_b";

    public static Adapter Read(GgufFile file, AdapterBase @base, ModelConfig config)
    {
        GgufMetadata keys = file.Metadata;
        if (keys.FindString("general.type") is not "adapter") throw new ModelFileException(file.Path, "general.type", "expected \"adapter\": this GGUF file is no adapter");
        if (keys.FindString("adapter.type") is not "lora") throw new ModelFileException(file.Path, "adapter.type", "expected \"lora\"");
        if (keys.Has("adapter.alora.invocation_tokens")) throw new ModelFileException(file.Path, "adapter.alora.invocation_tokens", "adapters that act only after certain tokens are not supported");
        Architecture own = Architectures.FromGguf(file.Path, keys.GetString("general.architecture"));
        if (own.Name != config.Architecture) throw new ModelFileException(file.Path, "general.architecture", $"the adapter is for {own.Name}, the base is {config.Architecture}");
        double alpha = keys.FindNumber("adapter.lora.alpha") ?? 0;
        var places = new GgufPlaces(config);
        var gathered = new Dictionary<BaseParameter, GgufPairs>();
        foreach (StoredTensor a in file.Tensors)
        {
            if (a.Name.EndsWith(Second, StringComparison.Ordinal) && file.Has(a.Name[..^Second.Length] + First)) continue;
            if (!a.Name.EndsWith(First, StringComparison.Ordinal)) throw new ModelFileException(a.File, a.Name, $"this tensor has no place: expected NAME{First} and NAME{Second}");
            string name = a.Name[..^First.Length];
            StoredTensor b = file.Get(name + Second);
            IReadOnlyList<GgufPlace> found = places.Of(name);
            if (found.Count == 0) throw new ModelFileException(a.File, a.Name, $"this tensor has no place in {config.Architecture}");
            foreach (GgufPlace place in found)
            {
                BaseParameter parameter = @base.Find(place.Parameter) is { Kind: not BaseKind.Other } p ? p : throw new ModelFileException(a.File, a.Name, $"{@base.Name} has no matrix {place.Parameter}");
                if (!gathered.TryGetValue(parameter, out GgufPairs? pairs)) gathered.Add(parameter, pairs = new GgufPairs(parameter));
                pairs.Add(a, b, place);
            }
        }

        if (gathered.Count == 0) throw new ModelFileException(file.Path, "tensors", "the adapter changes nothing");
        List<string> notes = [];
        if (BaseDigest.Difference(keys.FindString(Adapter.DigestKey), @base) is { } note) notes.Add(note);
        List<LowRankPair> made = [.. gathered.Values.Select(pairs => pairs.Build(alpha))];
        return new Adapter { Name = file.Path, Config = Describe(made, alpha), Pairs = made, Notes = notes };
    }

    // What PEFT's configuration would say.
    static AdapterConfig Describe(List<LowRankPair> pairs, double alpha)
    {
        int rank = pairs[0].Rank;
        List<LowRankPair> modules = [.. pairs.Where(pair => pair.Parameter.LinearModule is not null)];
        return new AdapterConfig
        {
            Rank = rank,
            Alpha = alpha > 0 ? alpha : rank,
            TargetModules = modules.Count == 0 ? null : new ModuleSelection(null, [.. modules.Select(pair => pair.Parameter.LinearModule!)]),
            TargetParameters = [.. pairs.Where(pair => pair.Parameter.LinearModule is null).Select(pair => pair.Parameter.Name)],
            RankPattern = [.. pairs.Where(pair => pair.Rank != rank).Select(pair => Exactly(pair, pair.Rank))],
            AlphaPattern = [.. pairs.Where(pair => pair.Alpha != (alpha > 0 ? alpha : rank)).Select(pair => Exactly(pair, pair.Alpha))],
        };

        static KeyValuePair<string, T> Exactly<T>(LowRankPair pair, T value) => new($"^{(pair.Parameter.LinearModule ?? pair.Parameter.Name).Replace(".", "\\.", StringComparison.Ordinal)}", value);
    }
}
