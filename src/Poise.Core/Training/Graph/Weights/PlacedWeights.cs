using Poise.Core.Adapters;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Graph;

/// <summary>
/// The weights of files that have names and orders of their own, found through the places that adapters go by: rows of q and k in
/// another order, fused projections, gate and up apart. They are read, never trained.
/// </summary>
sealed class PlacedWeights : BaseWeights
{
    readonly Checkpoint _checkpoint;
    readonly Dictionary<string, BasePart[]> _parts;

    public PlacedWeights(BaseFiles files, Checkpoint checkpoint)
    {
        _checkpoint = checkpoint;
        _parts = files.Parts.GroupBy(part => part.Parameter.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        // Of a tensor with several parts no row may be left over. Experts may be there one by one and in one.
        foreach (var shared in files.Parts.GroupBy(part => (part.Tensor, Stacked: part.Parameter.Experts > 0)))
            if (shared.Sum(part => part.Rows * part.Columns) is var known && shared.First().Scales is null && known != shared.Key.Tensor.Elements)
                throw new ModelFileException(shared.Key.Tensor.File, shared.Key.Tensor.Name, $"expected {known} elements, found shape [{string.Join(", ", shared.Key.Tensor.Shape)}]");
    }

    public override bool HasOptionalBiases => true;

    public override bool Has(string name) => _parts.ContainsKey(name);

    public override MatrixSource Matrix(string name, int outputs, int inputs) => Source(name, outputs, inputs, experts: 0, expert: 0);

    public override MatrixSource Conv1D(string name, int outputs, int inputs) => Matrix(name, outputs, inputs);

    public override MatrixSource[] Experts(string name, int experts, int outputs, int inputs) => [.. Enumerable.Range(0, experts).Select(e => Source(name, outputs, inputs, experts, e))];

    public override float[] Values(string name, params ReadOnlySpan<long> shape)
    {
        int count = 1;
        foreach (long size in shape) count = checked(count * (int)size);
        // What Hugging Face has no name for, as the divisors of rotary frequencies, goes by its own.
        if (!_parts.ContainsKey(name) && _checkpoint.Find(name) is { } own) return own.Elements == count ? own.ToFloats() : throw Wrong(own, shape);
        float[] values = new float[count];
        long filled = 0;
        foreach (BasePart part in Parts(name))
        {
            float[] stored = part.Tensor.ToFloats();
            for (long row = 0; row < part.Rows; row++, filled++)
            {
                int at = part.Locate(row).Index;
                if (at >= count) throw Wrong(part.Tensor, shape);
                values[at] = stored[part.FirstRow + row] - part.Offset;
            }
        }

        return filled == count ? values : throw Wrong(Parts(name)[0].Tensor, shape);
    }

    public override StoredTensor Trainable(string name, params ReadOnlySpan<long> shape) =>
        throw new PoiseException($"{_checkpoint.Path}: {name} cannot be trained in this layout. Train adapters, or start from a Hugging Face folder.");

    MatrixSource Source(string name, int outputs, int inputs, int experts, int expert)
    {
        BasePart[] parts = [.. Parts(name).OrderBy(part => part.FirstOutput)];
        if (parts.FirstOrDefault(part => part.Width > 0) is { } keys) return Heads(parts, keys, outputs, inputs);
        MatrixSource[] sources = new MatrixSource[parts.Length];
        for (int n = 0; n < parts.Length; n++)
        {
            BasePart part = parts[n];
            // Several parts take turns, row by row.
            bool inTurn = part.Step == parts.Length && part.FirstOutput == n && part.RowsEach * parts.Length == (part.InputsFirst ? inputs : outputs);
            if (!inTurn || part.Parameter.Experts != experts || part.Parameter.Inputs != inputs || part.Parameter.Outputs != outputs) throw Wrong(part.Tensor, [outputs, inputs]);
            sources[n] = Source(part, outputs / parts.Length, inputs, expert);
        }

        return sources.Length == 1 ? sources[0] : MatrixSource.InTurn(sources);
    }

    // Key rows of each head, turned, in one tensor and its value rows in another.
    static MatrixSource Heads(BasePart[] parts, BasePart keys, int outputs, int inputs)
    {
        int heads = parts.Count(part => part.Tensor == keys.Tensor);
        BasePart values = parts.SingleOrDefault(part => part.Tensor != keys.Tensor) ?? throw Wrong(keys.Tensor, [outputs, inputs]);
        long valueSize = values.RowsEach / heads;
        if (keys.RowsEach != inputs || heads * (keys.Width + valueSize) != outputs) throw Wrong(keys.Tensor, [outputs, inputs]);
        return MatrixSource.FromHeads(keys.Tensor, values.Tensor, heads, keys.Width, checked((int)valueSize), inputs);
    }

    static MatrixSource Source(BasePart part, int outputs, int inputs, int expert)
    {
        long first = part.FirstRow + expert * part.RowsEach;
        if (part.Scales is not null) return MatrixSource.FromMxPair(part.Tensor, part.Scales, outputs, inputs, first);
        if (part.InputsFirst) return MatrixSource.FromTransposed(part.Tensor, outputs, inputs, outputs, first * outputs);
        return MatrixSource.FromTensor(part.Tensor, outputs, inputs, first, map: part.Outputs is null ? null : Inverse(part.Outputs));
    }

    // The row of each output.
    static int[] Inverse(int[] outputs)
    {
        int[] rows = new int[outputs.Length];
        for (int r = 0; r < rows.Length; r++) rows[outputs[r]] = r;
        return rows;
    }

    BasePart[] Parts(string name) => _parts.TryGetValue(name, out BasePart[]? parts) ? parts
        : throw new ModelFileException(_checkpoint.Path, name, "no tensor of the file belongs to this parameter");

    static ModelFileException Wrong(StoredTensor tensor, ReadOnlySpan<long> shape) =>
        new(tensor.File, tensor.Name, $"expected its share of [{string.Join(", ", shape.ToArray())}], found [{string.Join(", ", tensor.Shape)}]");
}
