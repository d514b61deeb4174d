using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>The tensors of a base that an adapter changes, as they are after merging. Computed in double precision, row by row.</summary>
sealed class AdapterMerge
{
    readonly BaseFiles _files;
    readonly Dictionary<BaseParameter, ParameterChange> _changes = [];

    public AdapterMerge(BaseFiles files, Adapter adapter)
    {
        _files = files;
        foreach (LowRankPair pair in adapter.Pairs)
        {
            Change(pair.Parameter.Name).Pairs.Add(pair);
            if (pair.Bias is not null) AddBias(pair);
        }

        foreach (Replacement replacement in adapter.Replacements) Change(replacement.Parameter.Name).Replacement = replacement;
        foreach (RowReplacement rows in adapter.Rows) Change(rows.Table.Name).Rows = rows;
        Tensors = [.. Changed()];
    }

    public IReadOnlyList<MergedTensor> Tensors { get; }

    /// <summary>Whether the merged model has an output of its own though its base had none.</summary>
    public bool UntiesHead { get; private set; }

    ParameterChange Change(string name)
    {
        BaseParameter parameter = _files.Base.Find(name) ?? throw new PoiseException($"{_files.Base.Name} has no parameter {name}, which the adapter changes.");
        if (!_changes.TryGetValue(parameter, out ParameterChange? change)) _changes.Add(parameter, change = new ParameterChange(parameter));
        return change;
    }

    void AddBias(LowRankPair pair)
    {
        string name = $"{pair.Parameter.LinearModule}.bias";
        if (_files.Base.Find(name) is null) throw new PoiseException($"The adapter adds a bias to {pair.Parameter.LinearModule}, and {_files.Base.Name} has none there: it cannot be merged.");
        Change(name).Addend = Array.ConvertAll(pair.Bias!, value => pair.Scale * value);
    }

    IEnumerable<MergedTensor> Changed()
    {
        var parts = _files.Parts.GroupBy(part => part.Tensor).Select(group => (Tensor: group.Key, Parts: group.Where(part => _changes.ContainsKey(part.Parameter)).ToArray()));
        foreach ((StoredTensor tensor, BasePart[] changed) in parts)
            if (changed.Length > 0) yield return changed[0].Scales is not null ? new MergedTensor(tensor.Name[..^"_blocks".Length], changed, _changes) : new MergedTensor(tensor.Name, changed, _changes);
        if (Head() is { } head) yield return head;
    }

    // Of a tied model only replaced rows reach the output. Whatever else changes one of the two separates them.
    MergedTensor? Head()
    {
        AdapterBase @base = _files.Base;
        if (!@base.Tied || _files.Parts.Any(part => part.Parameter.Name == AdapterBase.HeadName)) return null;
        ParameterChange? table = _changes.GetValueOrDefault(@base.Table!), head = _changes.GetValueOrDefault(@base.Find(AdapterBase.HeadName)!);
        if (head is null && (table is null || (table.Pairs.Count == 0 && table.Replacement is null))) return null;
        UntiesHead = true;
        head ??= Change(AdapterBase.HeadName);
        if (head.Replacement is null && table?.Rows is not null) throw new PoiseException("The adapter replaces rows of a tied table and also changes what uses it: that cannot be merged.");
        BasePart stored = _files.Parts.First(part => part.Parameter == @base.Table);
        return new MergedTensor(_files.HeadName, [stored with { Parameter = head.Parameter }], _changes);
    }
}
