using Poise.Tensors;

namespace Poise.Core.Adapters;

/// <summary>A parameter that target_parameters names, with its tensors.</summary>
sealed record TargetedParameter(BaseParameter Parameter, PeftTensor A, PeftTensor B);

/// <summary>
/// One pair of tensors for all E experts: row e*r + j of A [r*E, in] and column j*E + e of B [out, r*E] are component j of
/// expert e. Some versions of PEFT confused how the base is stored; in their files A has the out and B the in dimension.
/// </summary>
static class ExpertFactors
{
    /// <summary>The second factors of all experts, [experts * out, rank], as the one tensor of the file, [out, rank * experts].</summary>
    public static float[] Joined(ReadOnlySpan<float> factors, int experts, int outputs, int rank)
    {
        int all = experts * rank;
        float[] joined = new float[factors.Length];
        for (int e = 0; e < experts; e++)
            for (int o = 0; o < outputs; o++)
                for (int j = 0; j < rank; j++) joined[o * all + j * experts + e] = factors[(e * outputs + o) * rank + j];
        return joined;
    }

    /// <summary>The other way round.</summary>
    public static float[] Parted(ReadOnlySpan<float> joined, int experts, int outputs, int rank)
    {
        int all = experts * rank;
        float[] factors = new float[joined.Length];
        for (int e = 0; e < experts; e++)
            for (int o = 0; o < outputs; o++)
                for (int j = 0; j < rank; j++) factors[(e * outputs + o) * rank + j] = joined[o * all + j * experts + e];
        return factors;
    }

    public static IEnumerable<LowRankPair> Read(IReadOnlyList<TargetedParameter> targeted, AdapterConfig config, List<string> notes)
    {
        var pairs = new List<LowRankPair>();
        // One program wrote the file: where one parameter shows the order, the others have it too.
        bool?[] shown = [.. targeted.Select(target => ShownBySize(target, config))];
        bool? evidence = shown.FirstOrDefault(swapped => swapped is not null);
        for (int n = 0; n < targeted.Count; n++)
        {
            TargetedParameter target = targeted[n];
            bool swapped = target.Parameter.Experts > 0 && (shown[n] ?? Sibling(targeted, shown, target) ?? evidence ?? ByVersion(target.Parameter, config, notes));
            pairs.Add(Read(target, swapped, config));
        }

        return pairs;
    }

    /// <summary>Whether the sizes show the swapped or the ordinary order; null where both fit.</summary>
    static bool? ShownBySize(TargetedParameter target, AdapterConfig config)
    {
        BaseParameter parameter = target.Parameter;
        if (parameter.Experts == 0) return null;
        int rank = config.RankOf(parameter.Name), all = checked(rank * parameter.Experts);
        bool ordinary = Fits(parameter.Inputs, parameter.Outputs), swapped = Fits(parameter.Outputs, parameter.Inputs);
        if (ordinary || swapped) return ordinary && swapped ? null : swapped;
        throw target.A.Error($"expected [{all}, {parameter.Inputs}] and for the second factor [{parameter.Outputs}, {all}] (rank {rank}, {parameter.Experts} experts), found [{string.Join(", ", target.A.Stored.Shape)}] and [{string.Join(", ", target.B.Stored.Shape)}]");

        bool Fits(int inputs, int outputs) => target.A.Stored.Shape is [var ra, var i] && ra == all && i == inputs && target.B.Stored.Shape is [var o, var rb] && rb == all && o == outputs;
    }

    static bool? Sibling(IReadOnlyList<TargetedParameter> targeted, bool?[] shown, TargetedParameter target)
    {
        for (int n = 0; n < shown.Length; n++)
            if (shown[n] is { } swapped && targeted[n].Parameter.Module == target.Parameter.Module) return swapped;
        return null;
    }

    // PEFT 0.17.0 to 0.18.1 never swapped, 0.19.0 swapped gpt-oss with transformers 5, later versions with transformers 4; other
    // models, whose experts are stored [out, in], were swapped up to 0.19.0. The version of transformers is not recorded.
    static bool ByVersion(BaseParameter parameter, AdapterConfig config, List<string> notes)
    {
        bool known = System.Version.TryParse(config.PeftVersion?.Split('+', '-')[0], out System.Version? version);
        if (!parameter.InputsFirst && known) return version <= new System.Version(0, 19, 0);
        if (parameter.InputsFirst && known && version < new System.Version(0, 19, 0)) return false;
        const string Note = "nothing in the adapter shows which of its expert factors faces the input; they are read in the ordinary order";
        if (!notes.Contains(Note)) notes.Add(Note);
        return false;
    }

    static LowRankPair Read(TargetedParameter target, bool swapped, AdapterConfig config)
    {
        BaseParameter parameter = target.Parameter;
        string name = parameter.Name;
        int experts = Math.Max(1, parameter.Experts), rank = config.RankOf(name), all = checked(rank * experts);
        int inputs = parameter.Inputs, outputs = parameter.Outputs;
        float[] first = target.A.Values(all, swapped ? outputs : inputs), second = target.B.Values(swapped ? inputs : outputs, all);
        FloatRows a = Factors.New(all, inputs), b = Factors.New(checked(experts * outputs), rank);
        Span<float> left = a.All, right = b.All;
        for (int e = 0; e < experts; e++)
        {
            for (int j = 0; j < rank; j++)
            {
                int row = e * rank + j, column = j * experts + e;
                for (int i = 0; i < inputs; i++) left[row * inputs + i] = swapped ? second[i * all + column] : first[row * inputs + i];
                for (int o = 0; o < outputs; o++) right[(e * outputs + o) * rank + j] = swapped ? first[row * outputs + o] : second[o * all + column];
            }
        }

        return new LowRankPair(parameter, rank, config.AlphaOf(name), config.ScaleOf(name), a, b);
    }
}
