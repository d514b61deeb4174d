using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Graph;

/// <summary>
/// The tensors of a model in the Hugging Face layout, by their names there: each a parameter where it is to be trained, and
/// else read from the file as it is stored.
/// </summary>
/// <param name="trains">Whether a tensor of the base model is trained.</param>
/// <param name="adapters">Pairs by the path of their module (model.layers.0.self_attn.q_proj) or stacked parameter (model.layers.0.mlp.experts.gate_up_proj).</param>
sealed class ModelWeights(Checkpoint checkpoint, Func<string, bool> trains, IReadOnlyDictionary<string, LoraPair> adapters) : IDisposable
{
    readonly Dictionary<string, Parameter> _parameters = new(StringComparer.Ordinal);
    readonly List<IDisposable> _frozen = [];
    readonly HashSet<string> _placed = new(StringComparer.Ordinal);

    /// <summary>Trained tensors of the base model, in the order in which the model reads them.</summary>
    public IReadOnlyCollection<Parameter> Parameters => _parameters.Values;

    public bool Has(string name) => checkpoint.Has(name);

    /// <summary>The pair of a module or stacked parameter, checked against its shape; null where there is none.</summary>
    public LoraPair? Adapter(string path, int inputs, int outputs, int experts = 1)
    {
        if (!adapters.TryGetValue(path, out LoraPair? pair)) return null;
        _placed.Add(path);
        int rank = pair.A.Value.Rows;
        if (rank % experts != 0 || pair.A.Value.Columns != inputs || pair.B.Value.Rows != outputs || pair.B.Value.Columns != rank
            || (pair.Magnitude is { } magnitude && (experts > 1 || magnitude.Elements != outputs)))
            throw new PoiseException($"The adapter's factors for {path} are [{rank}, {pair.A.Value.Columns}] and [{pair.B.Value.Rows}, {pair.B.Value.Columns}]; this model needs [r, {inputs}] and [{outputs}, r]{(experts > 1 ? $" with r a multiple of its {experts} experts" : "")}.");
        return pair;
    }

    /// <summary>Refuses pairs that no layer took.</summary>
    public void CheckPlaced()
    {
        if (adapters.Keys.FirstOrDefault(path => !_placed.Contains(path)) is { } path)
            throw new PoiseException($"The adapter changes {path}, which training cannot adapt in this model; choose other target modules.");
    }

    /// <summary>NAME.weight [outputs, inputs], and NAME.bias where <paramref name="bias"/>.</summary>
    public AdaptedLinear Linear(string name, int outputs, int inputs, bool bias = false) =>
        new(Matrix($"{name}.weight", outputs, inputs), bias ? Vector($"{name}.bias", outputs) : null, Adapter(name, inputs, outputs));

    /// <summary>The same stored as [inputs, outputs].</summary>
    /// <param name="path">The module's path, where the file leaves its beginning out.</param>
    public AdaptedLinear Conv1D(string name, string path, int outputs, int inputs)
    {
        LinearWeight weight = Trains($"{name}.weight", inputs, outputs) is { } parameter
            ? new TransposedWeight(parameter)
            : Frozen(MatrixSource.FromTransposed(checkpoint.Get($"{name}.weight"), outputs, inputs, outputs));
        return new(weight, Vector($"{name}.bias", outputs), Adapter(path, inputs, outputs));
    }

    public LinearWeight Matrix(string name, int outputs, int inputs) => Trains(name, outputs, inputs) is { } parameter
        ? new TrainedWeight(parameter)
        : Frozen(MatrixSource.FromTensor(checkpoint.Get(name), outputs, inputs));

    /// <summary>One matrix an expert of a tensor [experts, inputs, outputs].</summary>
    public LinearWeight[] Stacked(string name, int experts, int outputs, int inputs) => Trains(name, experts, inputs, outputs) is { } parameter
        ? [.. Enumerable.Range(0, experts).Select(e => new TransposedWeight(parameter, e * inputs, inputs))]
        : [.. Enumerable.Range(0, experts).Select(e => Frozen(MatrixSource.FromTransposed(checkpoint.Get(name), outputs, inputs, outputs, (long)e * inputs * outputs)))];

    /// <summary>One matrix an expert of MXFP4 blocks and scales [experts, outputs, ..]: never trained.</summary>
    public LinearWeight[] MxStacked(string name, int experts, int outputs, int inputs)
    {
        if (trains(name)) throw new PoiseException($"{name} is stored as MXFP4, which cannot be trained; train adapters, or start from BF16 weights.");
        return [.. Enumerable.Range(0, experts).Select(e =>
            Frozen(MatrixSource.FromMxPair(checkpoint.Get($"{name}_blocks"), checkpoint.Get($"{name}_scales"), outputs, inputs, (long)e * outputs)))];
    }

    public VectorWeight Vector(string name, int count) => Table(name, 1, count);

    /// <summary>A small tensor of [rows, columns]: one vector a row.</summary>
    public VectorWeight Table(string name, int rows, int columns)
    {
        StoredTensor tensor = checkpoint.Get(name);
        if (trains(name)) return new VectorWeight(rows == 1 ? Trains(name, columns)! : Trains(name, rows, columns)!);
        Expect(tensor, rows == 1 ? [columns] : [rows, columns]);
        FloatRows values = new FloatRows(columns).Resize(rows);
        tensor.ToFloats().CopyTo(values.All);
        _frozen.Add(values);
        return new VectorWeight(values, null);
    }

    /// <summary>Numbers that no gradient reaches, whatever is trained.</summary>
    public float[] Constants(string name, int count)
    {
        StoredTensor tensor = checkpoint.Get(name);
        Expect(tensor, [count]);
        return tensor.ToFloats();
    }

    /// <summary>A table that is looked up: a node of its rows.</summary>
    public Func<Tape, int[], float, Node> Embedding(string name, int rows, int columns)
    {
        if (Trains(name, rows, columns) is { } parameter) return (tape, indices, factor) => Graph.Embedding.Apply(tape, parameter, indices, factor);
        MatrixSource source = MatrixSource.FromTensor(checkpoint.Get(name), rows, columns);
        return (tape, indices, factor) => Graph.Embedding.Apply(tape, source, indices, factor);
    }

    Parameter? Trains(string name, params long[] shape)
    {
        if (!trains(name)) return null;
        if (_parameters.TryGetValue(name, out Parameter? parameter)) return parameter;
        StoredTensor tensor = checkpoint.Get(name);
        Expect(tensor, shape);
        int columns = checked((int)shape[^1]), rows = checked((int)(tensor.Elements / columns));
        FloatRows values = new FloatRows(columns).Resize(rows);
        var source = MatrixSource.FromTensor(tensor, rows, columns);
        for (int r = 0; r < rows; r++) source.DecodeRow(r, values.Row(r));
        return _parameters[name] = new Parameter(name, shape, values);
    }

    FrozenWeight Frozen(MatrixSource source)
    {
        var matrix = new FloatMatrix(source);
        _frozen.Add(matrix);
        return new FrozenWeight(matrix);
    }

    static void Expect(StoredTensor tensor, long[] shape)
    {
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            throw new ModelFileException(tensor.File, tensor.Name, $"expected [{string.Join(", ", shape)}], found [{string.Join(", ", tensor.Shape)}]");
    }

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters.Values) parameter.Dispose();
        foreach (IDisposable frozen in _frozen) frozen.Dispose();
    }
}
