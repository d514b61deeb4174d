using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Adapters;

/// <summary>Prepares an adapter for a loaded model: factors by layer, norms of DoRA, differences of biases.</summary>
sealed class AdapterLoader
{
    readonly DecoderModel _model;
    readonly ModelLayers _layers;
    readonly LoadedAdapter _loaded;
    readonly double _strength;

    AdapterLoader(DecoderModel model, ModelLayers layers, LoadedAdapter loaded, double strength) =>
        (_model, _layers, _loaded, _strength) = (model, layers, loaded, strength);

    /// <summary>The adapter becomes the result's.</summary>
    public static LoadedAdapter Load(DecoderModel model, ModelLayers layers, Adapter adapter, double strength)
    {
        if (strength != 1 && adapter.Replacements.Count + adapter.Rows.Count > 0)
            throw new PoiseException($"{adapter.Name} replaces weights, which works in full strength only.");
        var loaded = new LoadedAdapter(adapter.Name, model, adapter.Notes) { Owned = adapter };
        var loader = new AdapterLoader(model, layers, loaded, strength);
        try
        {
            foreach (Replacement replacement in adapter.Replacements) loader.Replace(replacement);
            foreach (RowReplacement rows in adapter.Rows) loader.ReplaceRows(rows);
            foreach (LowRankPair pair in adapter.Pairs) loader.Add(pair);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    RowChange Change(WeightMatrix matrix)
    {
        if (!_loaded.Matrices.TryGetValue(matrix, out RowChange? change)) _loaded.Matrices.Add(matrix, change = new RowChange());
        return change;
    }

    TableChange Change(Embedding table)
    {
        if (!_loaded.Tables.TryGetValue(table, out TableChange? change)) _loaded.Tables.Add(table, change = new TableChange());
        return change;
    }

    void Add(LowRankPair pair)
    {
        string name = pair.Parameter.Name;
        float scale = (float)(pair.Scale * _strength);
        if (_layers.Experts.TryGetValue(name, out ExpertMatrix? matrices)) AddExperts(pair, matrices, scale);
        else if (_layers.Tables.TryGetValue(name, out Embedding? table))
        {
            TableChange change = Change(table);
            change.Pairs.Add((pair.A, pair.B, scale));
            if (pair.Magnitudes is not null) change.Factors = ColumnFactors(table, change, pair.Magnitudes);
        }
        else
        {
            WeightMatrix matrix = _layers.Matrices[name];
            RowChange change = Change(matrix);
            change.Pairs.Add(new LowRankFactors(pair.A, pair.B.All, scale));
            if (pair.Magnitudes is not null) change.Factors = RowFactors(matrix, change.Weight, pair, scale);
            if (pair.Bias is not null) AddBias(change, Array.ConvertAll(pair.Bias, value => scale * value));
        }
    }

    void AddExperts(LowRankPair pair, ExpertMatrix matrices, float scale)
    {
        Linear[][] experts = matrices.Experts;
        int rank = pair.Rank, outputs = pair.Parameter.Outputs;
        for (int e = 0; e < experts.Length; e++)
        {
            Linear[] parts = experts[e];
            for (int part = 0; part < parts.Length; part++)
            {
                // Row k of this part is output parts * k + part of the parameter, or where parts follow one another output rows * part + k.
                int rows = outputs / parts.Length;
                float[] b = new float[rows * rank];
                for (int k = 0; k < rows; k++) pair.B.Row(e * outputs + (matrices.Interleaved ? parts.Length * k + part : rows * part + k)).CopyTo(b.AsSpan(k * rank, rank));
                FloatRows a = Factors.Rows(pair.A.All.Slice(e * rank * pair.A.Columns, rank * pair.A.Columns), rank);
                Change(parts[part].Weight).Pairs.Add(new LowRankFactors(a, b, scale));
            }
        }
    }

    static void AddBias(RowChange change, float[] values)
    {
        if (change.Addend is not { } addend) change.Addend = values;
        else
            for (int o = 0; o < values.Length; o++) addend[o] += values[o];
    }

    void Replace(Replacement replacement)
    {
        (BaseParameter parameter, float[] values) = replacement;
        string name = parameter.Name;
        if (_layers.Tables.TryGetValue(name, out Embedding? table))
        {
            // PEFT stores a copy of tables that it adapts.
            if (!IsBase(table.Source, values)) Change(table).Values = values;
        }
        else if (_layers.Vectors.TryGetValue(name, out (float[] Values, float Offset) vector)) _loaded.Vectors.Add(vector.Values, vector.Offset == 0 ? values : Array.ConvertAll(values, value => value + vector.Offset));
        else if (_layers.Biases.TryGetValue(name, out Linear? layer))
            AddBias(Change(layer.Weight), [.. values.Select((value, o) => value - layer.Bias![o])]);
        else if (_layers.Matrices.TryGetValue(name, out WeightMatrix? matrix))
        {
            if (parameter.InputsFirst) values = Factors.Transposed(values, parameter.Inputs, parameter.Outputs).All.ToArray();
            if (!IsBase(matrix.Source, values)) Change(matrix).Weight = Factors.Rows(values, parameter.Outputs);
        }
        else throw new PoiseException($"{_loaded.Name} replaces {name}, which can be merged but not applied while the model runs: use poise merge.");
    }

    static bool IsBase(MatrixSource source, float[] values)
    {
        float[] row = new float[source.Columns];
        for (int r = 0; r < source.Rows; r++)
        {
            source.DecodeRow(r, row);
            if (!row.AsSpan().SequenceEqual(values.AsSpan(r * row.Length, row.Length))) return false;
        }

        return true;
    }

    void ReplaceRows(RowReplacement rows)
    {
        TableChange change = Change(_layers.Tables[rows.Table.Name]);
        int width = rows.Table.Inputs;
        for (int n = 0; n < rows.Indices.Length; n++) change.Rows[rows.Indices[n]] = rows.Values[(n * width)..((n + 1) * width)];
        // A tied output changes with its table.
        if (_layers.Base.Tied && rows.Table == _layers.Base.Table)
            Change(_layers.Matrices[AdapterBase.HeadName]).Single = (rows.Indices, Factors.Rows(rows.Values, rows.Indices.Length));
    }

    // m / |W + s B A|, output by output, from the weights as they are stored.
    float[] RowFactors(WeightMatrix matrix, FloatRows? replaced, LowRankPair pair, float scale)
    {
        float[] factors = new float[matrix.Rows];
        _model.BetweenPasses(pool => pool.For(matrix.Rows, 16, (start, end, _) =>
        {
            float[] row = new float[matrix.Columns];
            for (int o = start; o < end; o++)
            {
                if (replaced is null) matrix.Source.DecodeRow(o, row);
                else replaced.Row(o).CopyTo(row);
                ReadOnlySpan<float> mix = pair.B.Row(o);
                for (int j = 0; j < mix.Length; j++) Operations.AddScaled(row, pair.A.Row(j), scale * mix[j]);
                double sum = 0;
                foreach (float value in row) sum += (double)value * value;
                factors[o] = (float)(pair.Magnitudes![o] / Math.Sqrt(sum));
            }
        }));
        return factors;
    }

    static float[] ColumnFactors(Embedding table, TableChange change, float[] magnitudes)
    {
        float[] row = new float[magnitudes.Length];
        double[] sums = new double[row.Length];
        for (int v = 0; v < table.Source.Rows; v++)
        {
            table.Source.DecodeRow(v, row);
            change.Apply(v, row);
            for (int i = 0; i < row.Length; i++) sums[i] += (double)row[i] * row[i];
        }

        return [.. magnitudes.Select((magnitude, i) => (float)(magnitude / Math.Sqrt(sums[i])))];
    }
}
