using System.Buffers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Quantization;

namespace Poise.Core.Adapters;

/// <summary>A tensor of the base after merging. Rows are computed when they are asked for, in order.</summary>
sealed class MergedTensor
{
    readonly BasePart[] _parts;
    readonly Dictionary<BaseParameter, ParameterChange> _changes;
    readonly Dictionary<BasePart, double[]> _norms = [];
    readonly float[] _stored;
    readonly byte[] _blocks;

    /// <param name="parts">Of one stored tensor: those that change. MXFP4 blocks have one, all of it.</param>
    public MergedTensor(string name, BasePart[] parts, Dictionary<BaseParameter, ParameterChange> changes)
    {
        (Name, _parts, _changes, Source) = (name, parts, changes, parts[0].Tensor);
        Scales = parts[0].Scales;
        Columns = parts[0].Columns;
        if (Scales is null && Source.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F64) && Source.Format.GgufId < 0)
            throw new ModelFileException(Source.File, Source.Name, $"an adapter cannot be merged into weights of type {Source.Type}");
        _stored = new float[Columns];
        _blocks = new byte[Scales is null ? 0 : BlockFormats.Get(TensorType.MXFP4).RowBytes(Columns)];
        BaseType = Scales is null ? Source.Type : TensorType.MXFP4;
        IReadOnlyList<long> shape = parts[0].Parameter.Shape;
        Shape = Scales is null ? [.. Source.Shape] : [shape[0], shape[2], shape[1]];
    }

    public string Name { get; }

    /// <summary>Where the base has it.</summary>
    public StoredTensor Source { get; }

    /// <summary>Of MXFP4 blocks that lie apart from them; else null.</summary>
    public StoredTensor? Scales { get; }

    public TensorType BaseType { get; }

    /// <summary>With MXFP4 blocks [experts, out, in].</summary>
    public long[] Shape { get; }

    public int Columns { get; }

    public long Rows => Shape.Aggregate(1L, (product, size) => product * size) / Columns;

    /// <summary>A row of the stored order. <paramref name="values"/> [columns].</summary>
    public void Read(long row, Span<float> values)
    {
        double[] exact = ArrayPool<double>.Shared.Rent(Columns);
        Span<double> line = exact.AsSpan(0, Columns);
        Decode(row, line);
        foreach (BasePart part in _parts)
        {
            long local = row - part.FirstRow;
            if (local < 0 || local >= part.Rows) continue;
            ParameterChange change = _changes[part.Parameter];
            (int expert, int index) = part.Locate(local);
            change.Apply(expert, index, part.InputsFirst, line, part.FirstOutput);
            if (part.Offset != 0 && change.Replacement is not null)
                for (int c = 0; c < Columns; c++) line[c] += part.Offset;
            if (change.Magnitudes is { } magnitudes) Scale(part, change, magnitudes, index, line);
        }

        for (int c = 0; c < Columns; c++) values[c] = (float)line[c];
        ArrayPool<double>.Shared.Return(exact);
    }

    void Scale(BasePart part, ParameterChange change, float[] magnitudes, int index, Span<double> line)
    {
        if (!change.HasColumnNorms(part.InputsFirst))
        {
            double sum = 0;
            foreach (double value in line) sum += value * value;
            double factor = magnitudes[index] / Math.Sqrt(sum);
            for (int c = 0; c < line.Length; c++) line[c] *= factor;
            return;
        }

        double[] norms = ColumnNorms(part, change);
        for (int c = 0; c < line.Length; c++) line[c] *= magnitudes[(part.InputsFirst ? part.FirstOutput : 0) + c] / norms[c];
    }

    double[] ColumnNorms(BasePart part, ParameterChange change)
    {
        if (_norms.TryGetValue(part, out double[]? norms)) return norms;
        norms = new double[Columns];
        double[] line = new double[Columns];
        for (long row = 0; row < part.Rows; row++)
        {
            Decode(part.FirstRow + row, line);
            (int expert, int index) = part.Locate(row);
            change.Apply(expert, index, part.InputsFirst, line, part.FirstOutput);
            for (int c = 0; c < Columns; c++) norms[c] += line[c] * line[c];
        }

        for (int c = 0; c < Columns; c++) norms[c] = Math.Sqrt(norms[c]);
        _norms.Add(part, norms);
        return norms;
    }

    void Decode(long row, Span<double> line)
    {
        if (Scales is null)
        {
            int bytes = checked((int)Source.Format.RowBytes(Columns));
            Source.Format.Dequantize(Source.Bytes(row * bytes, bytes), _stored);
        }
        else
        {
            int groups = Columns / 32;
            MXFP4Layouts.ToGguf(Source.Bytes(row * groups * 16, groups * 16), Scales.Bytes(row * groups, groups), _blocks);
            BlockFormats.Get(TensorType.MXFP4).Dequantize(_blocks, _stored);
        }

        for (int c = 0; c < Columns; c++) line[c] = _stored[c];
    }
}
