using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>
/// Reads the folder that PEFT writes: adapter_config.json and adapter_model.safetensors. Configuration, tensors and base are
/// checked against each other; what does not fit, or has no place, is refused by name.
/// </summary>
sealed class PeftReader
{
    public const string FileName = "adapter_model.safetensors";
    const string Pickle = "adapter_model.bin";

    readonly AdapterConfig _config;
    readonly AdapterBase _base;
    readonly SafetensorsFile _file;
    readonly Dictionary<(string Module, int Depth), Dictionary<PeftRole, PeftTensor>> _modules = [];
    readonly List<LowRankPair> _pairs = [];
    readonly List<Replacement> _replacements = [];
    readonly List<RowReplacement> _rows = [];
    readonly List<string> _notes = [];

    PeftReader(AdapterConfig config, AdapterBase @base, SafetensorsFile file) => (_config, _base, _file) = (config, @base, file);

    public static Adapter Read(string folder, AdapterBase @base)
    {
        AdapterConfig config = AdapterConfig.Read(Path.Combine(folder, AdapterConfig.FileName));
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) && File.Exists(Path.Combine(folder, Pickle)))
            throw new PoiseException($"{folder} has its tensors in {Pickle}, a PyTorch pickle. Those are not read, they can run code; save the adapter as safetensors.");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var reader = new PeftReader(config, @base, file);
        try
        {
            reader.ReadAll();
        }
        catch
        {
            foreach (LowRankPair pair in reader._pairs) pair.Dispose();
            throw;
        }

        if (BaseDigest.Difference(file.Metadata.GetValueOrDefault(Adapter.DigestKey), @base) is { } note) reader._notes.Add(note);
        return new Adapter
        {
            Name = folder, Config = config, Pairs = reader._pairs, Replacements = reader._replacements, Rows = reader._rows, Notes = reader._notes,
        };
    }

    void ReadAll()
    {
        foreach (StoredTensor stored in _file.Tensors)
        {
            PeftTensor tensor = PeftTensor.Parse(stored);
            if (tensor.Role == PeftRole.Parameter) Replace(tensor, tensor.Module);
            else if (tensor.Role == PeftRole.TokenRows) ReplaceRows(tensor);
            else
            {
                if (!_modules.TryGetValue((tensor.Module, tensor.Depth), out Dictionary<PeftRole, PeftTensor>? roles))
                    _modules.Add((tensor.Module, tensor.Depth), roles = []);
                if (!roles.TryAdd(tensor.Role, tensor)) throw tensor.Error("this tensor has a twin");
            }
        }

        ReadExperts();
        foreach (((string module, int depth), Dictionary<PeftRole, PeftTensor> roles) in _modules)
        {
            if (depth > 0) throw roles.Values.First().Error("there are more wrappers in this name than parameters that target_parameters has in this module");
            ReadModule(module, roles);
        }

        CheckComplete();
    }

    // Matrices of experts and other parameters that are targeted by their own names.
    void ReadExperts()
    {
        var targeted = new List<TargetedParameter>();
        foreach (string module in _base.Parameters.Where(p => _config.TargetsParameter(p.Name)).Select(p => p.Module).Distinct())
        {
            List<BaseParameter> parameters = _base.TargetedIn(module, _config);
            for (int n = 0; n < parameters.Count; n++)
            {
                // The first is innermost.
                int depth = parameters.Count - 1 - n;
                if (parameters[n].Kind == BaseKind.Other) throw Missing(parameters[n].Name, "target_parameters names it, and it is no matrix");
                if (!_modules.Remove((module, depth), out Dictionary<PeftRole, PeftTensor>? roles) || !roles.ContainsKey(PeftRole.A))
                    throw Missing(parameters[n].Name, $"target_parameters names it, and the adapter has no {module}{string.Concat(Enumerable.Repeat(PeftTensor.Wrapper, depth))}{PeftTensor.Suffixes[PeftRole.A]}");
                targeted.Add(new TargetedParameter(parameters[n], Take(roles, PeftRole.A, parameters[n].Name), Take(roles, PeftRole.B, parameters[n].Name)));
                Nothing(roles);
            }
        }

        _pairs.AddRange(ExpertFactors.Read(targeted, _config, _notes));
    }

    void ReadModule(string module, Dictionary<PeftRole, PeftTensor> roles)
    {
        PeftTensor first = roles.Values.First();
        BaseParameter parameter = _base.Find($"{module}.weight") is { LinearModule: not null } found ? found : throw first.Error($"{_base.Name} has no layer {ErrorText.Clean(module)}");
        if (roles.Remove(PeftRole.BaseWeight, out PeftTensor? weight)) Replace(weight, parameter.Name);
        if (roles.Remove(PeftRole.BaseBias, out PeftTensor? bias)) Replace(bias, $"{module}.bias");
        if (!_config.AnyModule && !_config.Targets(module)) throw first.Error($"{AdapterConfig.FileName} does not target this layer");
        bool table = parameter.Kind == BaseKind.Table;
        PeftTensor a = Take(roles, table ? PeftRole.EmbeddingA : PeftRole.A, module), b = Take(roles, table ? PeftRole.EmbeddingB : PeftRole.B, module);
        int rank = Rank(a, table ? parameter.Outputs : parameter.Inputs, module);
        FloatRows left = table ? Factors.Transposed(b.Values(parameter.Inputs, rank), parameter.Inputs, rank) : Factors.Rows(a.Values(rank, parameter.Inputs), rank);
        FloatRows right = table ? Factors.Transposed(a.Values(rank, parameter.Outputs), rank, parameter.Outputs) : Factors.Rows(b.Values(parameter.Outputs, rank), parameter.Outputs);
        _pairs.Add(new LowRankPair(parameter, rank, _config.AlphaOf(module), _config.ScaleOf(module), left, right)
        {
            Magnitudes = _config.Dora ? Take(roles, PeftRole.Magnitude, module).Values(table ? parameter.Inputs : parameter.Outputs) : null,
            Bias = _config.LoraBias && !table ? Take(roles, PeftRole.BBias, module).Values(parameter.Outputs) : null,
        });
        Nothing(roles);
    }

    // The rank by the configuration, which the tensors must have.
    int Rank(PeftTensor a, int columns, string name)
    {
        int rank = _config.RankOf(name);
        if (a.Stored.Shape is [var rows, var width] && rows == rank && width == columns) return rank;
        throw a.Error($"expected shape [{rank}, {columns}] (rank {rank} by {AdapterConfig.FileName}, {columns} columns of the base), found [{string.Join(", ", a.Stored.Shape)}]");
    }

    PeftTensor Take(Dictionary<PeftRole, PeftTensor> roles, PeftRole role, string module) => roles.Remove(role, out PeftTensor? tensor)
        ? tensor : throw Missing(module + PeftTensor.Suffixes[role], "this tensor of the adapter is missing");

    static void Nothing(Dictionary<PeftRole, PeftTensor> roles)
    {
        if (roles.Count > 0) throw roles.Values.First().Error($"this tensor has no place: {AdapterConfig.FileName} does not ask for it");
    }

    void Replace(PeftTensor tensor, string name)
    {
        if (_base.Find(name) is not { } parameter) throw tensor.Error($"this tensor has no place: {_base.Name} has no {ErrorText.Clean(name)}");
        bool bias = name.EndsWith(".bias", StringComparison.Ordinal), adapted = tensor.Role is PeftRole.BaseBias or PeftRole.BaseWeight;
        bool wanted = IsSaved(name) || tensor.Role == PeftRole.BaseWeight
            || (bias && (_config.Bias == AdapterBias.All || (_config.Bias == AdapterBias.LoraOnly && (adapted || _config.Targets(parameter.Module)))));
        if (!wanted) throw tensor.Error($"this tensor has no place: neither modules_to_save nor bias of {AdapterConfig.FileName} covers it");
        if (_replacements.Exists(other => other.Parameter == parameter)) throw tensor.Error("this tensor has a twin");
        _replacements.Add(new Replacement(parameter, tensor.Values([.. parameter.Shape])));
    }

    bool IsSaved(string name) => _config.ModulesToSave.Any(module => $".{name}".Contains($".{module}.", StringComparison.Ordinal));

    void ReplaceRows(PeftTensor tensor)
    {
        BaseParameter table = _base.Find($"{tensor.Module}.weight") is { Kind: BaseKind.Table } found ? found : throw tensor.Error("this is no table of the base");
        int[] indices = _config.TokenRows.FirstOrDefault(entry => entry.Key.Length == 0 ? table == _base.Table : ModuleSelection.IsEnd(tensor.Module, entry.Key)).Value
            ?? throw tensor.Error($"trainable_token_indices of {AdapterConfig.FileName} does not name this table");
        if (Array.Find(indices, index => index >= table.Outputs) is > 0 and var index)
            throw new ModelFileException(Path.Combine(Path.GetDirectoryName(_file.Path)!, AdapterConfig.FileName), "trainable_token_indices", $"row {index} is outside the table of {table.Outputs}");
        _rows.Add(new RowReplacement(table, indices, tensor.Values(indices.Length, table.Inputs)));
    }

    void CheckComplete()
    {
        if (_config.TokenRows.Count != _rows.Count) throw Missing("trainable_token_indices", $"{_config.TokenRows.Count} tables are named, and tensors are there for {_rows.Count}");
        foreach (BaseParameter parameter in _base.Parameters)
        {
            if (IsSaved(parameter.Name) && !_replacements.Exists(r => r.Parameter == parameter)) throw Missing(parameter.Name, "modules_to_save names it, and the adapter does not hold it");
            if (parameter.LinearModule is { } module && _config.Targets(module) && !_pairs.Exists(pair => pair.Parameter == parameter))
                throw Missing(module, "target_modules names it, and the adapter has no tensors for it");
        }

        if (_pairs.Count + _replacements.Count + _rows.Count == 0) throw Missing("tensors", "the adapter changes nothing");
    }

    ModelFileException Missing(string name, string problem) => new(_file.Path, name, problem);
}
