using Poise.Core.Models;

namespace Poise.Core.Adapters;

/// <summary>Which biases an adapter replaces.</summary>
public enum AdapterBias
{
    None,

    /// <summary>Every tensor whose name ends in <c>.bias</c>.</summary>
    All,

    /// <summary>Those of the adapted layers.</summary>
    LoraOnly,
}

/// <summary>
/// What an adapter_config.json of PEFT says, as far as it changes the mathematics. Absent fields have PEFT's defaults.
/// The tensors decide what is adapted; this gives ranks, scales and the variant, and what must be there.
/// </summary>
public sealed record AdapterConfig
{
    public const string FileName = "adapter_config.json";

    public int Rank { get; init; } = 8;

    public double Alpha { get; init; } = 8;

    /// <summary>Scale alpha / sqrt(r) in place of alpha / r.</summary>
    public bool RankStabilized { get; init; }

    public bool Dora { get; init; }

    /// <summary>Whether the second factor has a bias.</summary>
    public bool LoraBias { get; init; }

    public AdapterBias Bias { get; init; }

    /// <summary>Ranks that differ, by a regular expression over the end of the name; the first match counts.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>Null: not stated.</summary>
    public ModuleSelection? TargetModules { get; init; }

    /// <summary>Whether <see cref="TargetModules"/> was "all-linear": the tensors say what that came to.</summary>
    public bool AllLinear { get; init; }

    public ModuleSelection? ExcludeModules { get; init; }

    /// <summary>Layers to which the target modules are limited; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>What stands before a layer's number in a module's name; empty for anything.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Full names of parameters, or their ends after a dot.</summary>
    public IReadOnlyList<string> TargetParameters { get; init; } = [];

    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Rows of tables that are replaced; under "" for the embedding table, whatever its name.</summary>
    public IReadOnlyDictionary<string, int[]> TokenRows { get; init; } = new Dictionary<string, int[]>();

    /// <summary>Of training; it changes no result.</summary>
    public double Dropout { get; init; }

    public string? BaseModel { get; init; }

    public string? PeftVersion { get; init; }

    /// <summary>Whether the tensors alone say which modules are adapted.</summary>
    internal bool AnyModule => AllLinear || (TargetModules is null && TargetParameters.Count == 0);

    /// <summary>Whether a module is to be adapted, as PEFT decides it.</summary>
    internal bool Targets(string module)
    {
        if (TargetModules is null || (ExcludeModules is { } excluded && excluded.Contains(module))) return false;
        // A full name is not limited to layers.
        if (TargetModules.IsPattern || TargetModules.IsNamed(module)) return TargetModules.Contains(module);
        return TargetModules.Contains(module) && IsInLayers(module);
    }

    /// <summary>Whether a module lies in the layers that this is limited to.</summary>
    internal bool IsInLayers(string module) => Layers is null || (Patterns.LayerOf(module, LayersPattern) is { } layer && Layers.Contains(layer));

    /// <summary>Whether a parameter is to be adapted by name: layers and exclusions do not apply.</summary>
    internal bool TargetsParameter(string name) => TargetParameters.Any(end => ModuleSelection.IsEnd(name, end));

    /// <summary>Throws a <see cref="Poise.Tensors.ModelFileException"/> that names the field for what cannot be honoured.</summary>
    public static AdapterConfig Read(string path) => AdapterConfigReader.Read(JsonConfig.Read(path));

    internal int RankOf(string name) => Patterns.Find(RankPattern, name, Rank);

    internal double AlphaOf(string name) => Patterns.Find(AlphaPattern, name, Alpha);

    internal double ScaleOf(string name)
    {
        int rank = RankOf(name);
        return AlphaOf(name) / (RankStabilized ? Math.Sqrt(rank) : rank);
    }
}
