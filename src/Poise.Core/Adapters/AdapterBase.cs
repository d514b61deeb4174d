using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>The parameters of the model that an adapter belongs to, under their Hugging Face names: what an adapter's tensors are checked against.</summary>
public sealed class AdapterBase
{
    public const string HeadName = "lm_head.weight";

    // Of one module in the order of their definition, which PEFT's names of expert matrices depend on.
    static readonly string[] s_order = ["gate_up_proj", "gate_up_proj_bias", "down_proj", "down_proj_bias", "weight", "bias"];

    readonly Dictionary<string, BaseParameter> _byName;

    /// <param name="name">For messages.</param>
    /// <param name="tied">Whether the output is the embedding table.</param>
    public AdapterBase(string name, IEnumerable<BaseParameter> parameters, bool tied)
    {
        Name = name;
        List<BaseParameter> all = [.. parameters];
        Table = all.Find(parameter => parameter is { Kind: BaseKind.Table } && !parameter.Name.EndsWith("wpe.weight", StringComparison.Ordinal));
        Tied = tied && Table is not null;
        if (Tied && all.TrueForAll(parameter => parameter.Name != HeadName)) all.Add(new BaseParameter(HeadName, BaseKind.Matrix, Table!.Shape));
        Parameters = all;
        _byName = all.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
    }

    public string Name { get; }

    public IReadOnlyList<BaseParameter> Parameters { get; }

    /// <summary>The embedding table of tokens.</summary>
    public BaseParameter? Table { get; }

    /// <summary>Whether the output is the embedding table; <see cref="HeadName"/> is then a parameter all the same.</summary>
    public bool Tied { get; }

    /// <summary>What tells this base from others, in this layout; null where it was not computed.</summary>
    public string? Digest { get; init; }

    /// <summary>The base in a package of any layout.</summary>
    public static AdapterBase Of(ModelPackage package) => package.Checkpoint switch
    {
        GgufFile gguf => GgufBase.Read(gguf, package.Config).Base,
        _ when package.IsHuggingFace => HuggingFaceBase.Read(package.Checkpoint, package.IsTied).Base,
        _ => OriginalBase.Read(package.Checkpoint, (GptOssConfig)package.Config).Base,
    };

    public BaseParameter? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The parameters of a module that a configuration targets by name, in their order of definition.</summary>
    internal List<BaseParameter> TargetedIn(string module, AdapterConfig config) =>
        [.. Parameters.Where(p => p.Module == module && config.TargetsParameter(p.Name)).OrderBy(p => Array.IndexOf(s_order, p.Name[(module.Length + 1)..]))];
}
