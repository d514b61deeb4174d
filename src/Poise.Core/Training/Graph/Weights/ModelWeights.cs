using System.Globalization;
using Poise.Core.Training.Recipes;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Graph;

/// <summary>
/// The weights of a model by their Hugging Face names: each a parameter where it is to be trained, and else read from the file
/// as it is stored.
/// </summary>
/// <param name="source">Where they lie.</param>
/// <param name="trains">Whether a tensor of the base model is trained.</param>
/// <param name="changes">What an adapter trains.</param>
/// <param name="experts">How trained experts learn; null for as everything else.</param>
sealed class ModelWeights(BaseWeights source, Func<string, bool> trains, AdapterChanges changes, RecipeExperts? experts = null) : IDisposable
{
    const string Gpt2Root = "transformer.";

    readonly Dictionary<string, Parameter> _parameters = new(StringComparer.Ordinal);
    readonly List<IDisposable> _frozen = [];
    readonly List<RoundedExperts> _rounded = [];
    readonly Dictionary<int, List<MatrixSource>> _layers = [];
    readonly HashSet<string> _placed = new(StringComparer.Ordinal);

    /// <summary>Trained tensors of the base model, in the order in which the model reads them.</summary>
    public IReadOnlyCollection<Parameter> Parameters => _parameters.Values;

    /// <summary>The weight of a loss that keeps experts equally busy; see <see cref="Router"/>.</summary>
    public double Balance => experts?.Balance ?? 0;

    /// <summary>Brings what is computed with up to the parameters, which may have changed.</summary>
    public void Refresh(ComputePool pool)
    {
        foreach (RoundedExperts rounded in _rounded) rounded.Refresh(pool);
    }

    public bool Has(string name) => source.Has(name);

    /// <summary>Whether a layer has a bias, given what the configuration says.</summary>
    public bool HasBias(string name, bool stated) => stated && (!source.HasOptionalBiases || source.Has($"{name}.bias"));

    /// <summary>The pair of a module or stacked parameter, checked against its shape; null where there is none.</summary>
    public LoraPair? Adapter(string path, int inputs, int outputs, int experts = 1)
    {
        if (!changes.Pairs.TryGetValue(path, out LoraPair? pair)) return null;
        _placed.Add(path);
        int rank = pair.A.Value.Rows;
        if (rank % experts != 0 || pair.A.Value.Columns != inputs || pair.B.Value.Rows != outputs || pair.B.Value.Columns != rank
            || (pair.Magnitude is { } magnitude && (experts > 1 || magnitude.Elements != outputs)) || (pair.Bias is { } bias && (experts > 1 || bias.Elements != outputs)))
            throw new PoiseException($"The adapter's factors for {path} are [{rank}, {pair.A.Value.Columns}] and [{pair.B.Value.Rows}, {pair.B.Value.Columns}]; this model needs [r, {inputs}] and [{outputs}, r]{(experts > 1 ? $" with r a multiple of its {experts} experts" : "")}.");
        return pair;
    }

    /// <summary>Whether tensors stand in place of the base's, which is then not to be had from this model.</summary>
    public bool ReplacesTensors => changes.Replaced.Count > 0;

    /// <summary>Refuses changes that no layer took.</summary>
    public void CheckPlaced()
    {
        if (changes.Names.FirstOrDefault(path => !_placed.Contains(path)) is { } path)
            throw new PoiseException($"The adapter changes {path}, which training cannot adapt in this model; choose other target modules.");
    }

    /// <summary>NAME.weight [outputs, inputs], and NAME.bias where <paramref name="bias"/>.</summary>
    public AdaptedLinear Linear(string name, int outputs, int inputs, bool bias = false) =>
        new(Matrix($"{name}.weight", outputs, inputs), bias ? Vector($"{name}.bias", outputs) : null, Adapter(name, inputs, outputs));

    /// <summary>MODULE.EXPERT.PART.weight [outputs, inputs] of experts that are stored one by one, with a pair of its own or a share of a stacked one, where gate comes before up.</summary>
    AdaptedLinear Expert(string module, int expert, int experts, string part, int outputs, int inputs)
    {
        AdaptedLinear own = Linear($"{module}.{expert}.{part}", outputs, inputs);
        LoraPair? stacked = part == "down_proj" ? Adapter($"{module}.{part}", inputs, outputs, experts) : Adapter($"{module}.gate_up_proj", inputs, 2 * outputs, experts);
        if (stacked is null) return own;
        return own.Lora is null ? AdaptedLinear.OfExpert(own.Weight, null, stacked, expert, experts, part == "up_proj" ? outputs : 0)
            : throw new PoiseException($"The adapter changes {module} both expert by expert and in one; training goes on from one of the two.");
    }

    /// <summary>The three matrices behind a prefix that ends in a dot.</summary>
    public AdaptedMlp Mlp(string prefix, int width, int hidden) =>
        new(Linear($"{prefix}gate_proj", width, hidden), Linear($"{prefix}up_proj", width, hidden), Linear($"{prefix}down_proj", hidden, width));

    /// <summary>Those of an expert: see <see cref="Expert"/>.</summary>
    public AdaptedMlp ExpertMlp(string module, int expert, int experts, int width, int hidden) =>
        new(Expert(module, expert, experts, "gate_proj", width, hidden), Expert(module, expert, experts, "up_proj", width, hidden), Expert(module, expert, experts, "down_proj", hidden, width));

    /// <summary>The same stored as [inputs, outputs].</summary>
    /// <param name="path">The module's path, where the file leaves its beginning out.</param>
    public AdaptedLinear Conv1D(string name, string path, int outputs, int inputs)
    {
        LinearWeight weight = Trains($"{name}.weight", inputs, outputs) is { } parameter
            ? new TransposedWeight(parameter)
            : Frozen(source.Conv1D($"{name}.weight", outputs, inputs));
        return new(weight, Vector($"{name}.bias", outputs), Adapter(path, inputs, outputs));
    }

    public LinearWeight Matrix(string name, int outputs, int inputs) => Trains(name, outputs, inputs) is { } parameter
        ? new TrainedWeight(parameter)
        : Frozen(source.Matrix(name, outputs, inputs));

    /// <summary>One matrix an expert of a tensor that Hugging Face stores as [experts, inputs, outputs].</summary>
    public LinearWeight[] Experts(string name, int count, int outputs, int inputs)
    {
        if (Trains(name, count, inputs, outputs) is not { } parameter) return [.. source.Experts(name, count, outputs, inputs).Select(Frozen)];
        FloatRows values = parameter.Value;
        if (experts?.Format == RecipeExperts.Mxfp4)
        {
            var rounded = new RoundedExperts(name, parameter.Value, inputs);
            _rounded.Add(rounded);
            values = rounded.Values;
        }

        return [.. Enumerable.Range(0, count).Select(e => new TransposedWeight(values.Slice(e * inputs, inputs), parameter.Gradient.Slice(e * inputs, inputs)))];
    }

    public VectorWeight Vector(string name, int count) => Table(name, 1, count);

    /// <summary>A small tensor of [rows, columns]: one vector a row.</summary>
    public VectorWeight Table(string name, int rows, int columns)
    {
        long[] shape = rows == 1 ? [columns] : [rows, columns];
        if (Trains(name, shape) is { } parameter) return new VectorWeight(parameter);
        FloatRows values = new FloatRows(columns).Resize(rows);
        source.Values(name, shape).CopyTo(values.All);
        _frozen.Add(values);
        return new VectorWeight(values, null);
    }

    /// <summary>Numbers that no gradient reaches, whatever is trained.</summary>
    public float[] Constants(string name, int count) => source.Values(name, count);

    /// <summary>A table that is looked up.</summary>
    /// <param name="path">The module's path, where the file leaves its beginning out.</param>
    public AdaptedTable Embedding(string name, int rows, int columns, string? path = null)
    {
        path ??= name[..name.LastIndexOf('.')];
        LoraPair? lora = Adapter(path, rows, columns);
        TableRows? own = changes.Rows.GetValueOrDefault(path);
        if (own is not null) _placed.Add(path);
        if (Trains(name, rows, columns) is { } parameter)
        {
            return new AdaptedTable((tape, indices, factor) => Graph.Embedding.Apply(tape, parameter, indices, factor),
                (tape, first, count) => new TrainedWeight(parameter).Rows(tape, first, count), rows, lora, own);
        }

        MatrixSource table = source.Matrix(name, rows, columns);
        return new AdaptedTable((tape, indices, factor) => Graph.Embedding.Apply(tape, table, indices, factor), (tape, first, count) =>
        {
            FloatRows values = tape.Rent(count, columns);
            GradientOperations.Decode(tape.Pool, table, first, values);
            return values;
        }, rows, lora, own);
    }

    /// <summary>The output matrix.</summary>
    /// <param name="name">Its own, or that of the table of tokens to which it is tied.</param>
    public OutputHead Head(string name, int vocabulary, int hidden)
    {
        const string Module = "lm_head";
        LoraPair? lora = Adapter(Module, hidden, vocabulary);
        // Replacing one of the two unties them, as in PEFT; rows of the table are the output's too.
        LinearWeight own = Replaced($"{Module}.weight") is { } replaced ? new TrainedWeight(replaced)
            : Replaced(name) is null ? Matrix(name, vocabulary, hidden) : Frozen(source.Matrix(name, vocabulary, hidden));
        string table = name[..name.LastIndexOf('.')];
        TableRows? rows = table == Module ? null : changes.Rows.GetValueOrDefault(table) ?? changes.Rows.GetValueOrDefault(Gpt2Root + table);
        return new OutputHead(own, rows is null ? own : new ReplacedRowsWeight(own, rows), lora);
    }

    // The names of GPT-2's publisher have no prefix.
    Parameter? Replaced(string name)
    {
        string full = changes.Replaced.ContainsKey(name) ? name : Gpt2Root + name;
        if (!changes.Replaced.TryGetValue(full, out Parameter? parameter)) return null;
        _placed.Add(full);
        return parameter;
    }

    Parameter? Trains(string name, params long[] shape)
    {
        if (Replaced(name) is { } own) return own.Shape.SequenceEqual(shape) ? own : throw new PoiseException($"The adapter replaces {name} by [{string.Join(", ", own.Shape)}]; this model needs [{string.Join(", ", shape)}].");
        if (!trains(name)) return null;
        if (_parameters.TryGetValue(name, out Parameter? parameter)) return parameter;
        StoredTensor tensor = source.Trainable(name, shape);
        int columns = checked((int)shape[^1]), rows = checked((int)(tensor.Elements / columns));
        FloatRows values = new FloatRows(columns).Resize(rows);
        var stored = MatrixSource.FromTensor(tensor, rows, columns);
        for (int r = 0; r < rows; r++) stored.DecodeRow(r, values.Row(r));
        return _parameters[name] = new Parameter(name, shape, values);
    }

    LinearWeight Frozen(MatrixSource stored)
    {
        var matrix = new FloatMatrix(stored);
        _frozen.Add(matrix);
        // Both layouts number layers by the first number in a name.
        if (!int.TryParse(stored.Name.Split('.').FirstOrDefault(part => part.All(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out int layer)) return new FrozenWeight(matrix);
        List<MatrixSource> own = OfLayer(layer);
        int place = own.Count;
        own.Add(stored);
        return new FrozenWeight(matrix, step => OfLayer(layer + step).ElementAtOrDefault(place));
    }

    List<MatrixSource> OfLayer(int layer)
    {
        if (!_layers.TryGetValue(layer, out List<MatrixSource>? matrices)) _layers[layer] = matrices = [];
        return matrices;
    }

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters.Values) parameter.Dispose();
        foreach (IDisposable frozen in (IEnumerable<IDisposable>)[.. _frozen, .. _rounded]) frozen.Dispose();
    }
}
