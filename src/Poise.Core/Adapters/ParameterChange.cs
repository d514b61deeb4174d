namespace Poise.Core.Adapters;

/// <summary>Everything that an adapter changes in one parameter, and how a row of the parameter changes, in double precision.</summary>
sealed class ParameterChange(BaseParameter parameter)
{
    // By pair: the factor whose rows run along a row of the base, where that is not stored so.
    readonly Dictionary<LowRankPair, float[]> _turned = [];
    readonly Dictionary<int, int> _rowAt = [];
    RowReplacement? _rows;

    public BaseParameter Parameter { get; } = parameter;

    public Replacement? Replacement { get; set; }

    public List<LowRankPair> Pairs { get; } = [];

    /// <summary>Added to a bias: [elements].</summary>
    public double[]? Addend { get; set; }

    public RowReplacement? Rows
    {
        get => _rows;
        set
        {
            _rows = value;
            _rowAt.Clear();
            for (int n = 0; n < value?.Indices.Length; n++) _rowAt[value.Indices[n]] = n;
        }
    }

    /// <summary>DoRA's magnitudes, where there are some.</summary>
    public float[]? Magnitudes => Pairs.Find(pair => pair.Magnitudes is not null)?.Magnitudes;

    /// <summary>Whether the magnitudes belong to the columns of rows stored so: their norms run over all rows.</summary>
    public bool HasColumnNorms(bool inputsFirst) => Magnitudes is not null && (inputsFirst || Parameter.Kind == BaseKind.Table);

    /// <summary>Changes a row, all but DoRA's magnitudes. <paramref name="values"/> runs over inputs, or with inputs first over outputs from the first on.</summary>
    public void Apply(int expert, int index, bool inputsFirst, Span<double> values, int firstOutput = 0)
    {
        if (Replacement is not null)
        {
            for (int c = 0; c < values.Length; c++)
                values[c] = Replacement.Values[Parameter.IndexOf(expert, inputsFirst ? firstOutput + c : index, inputsFirst ? index : c)];
        }

        if (Addend is not null) values[0] += Addend[index];
        foreach (LowRankPair pair in Pairs)
        {
            // Along a row runs A for rows of outputs, and B transposed for rows of inputs.
            ReadOnlySpan<float> along = inputsFirst ? Turned(pair) : pair.A.All;
            ReadOnlySpan<float> across = inputsFirst ? pair.A.All : pair.B.All;
            int width = values.Length, rank = pair.Rank, stride = inputsFirst ? Parameter.Outputs : width, first = inputsFirst ? firstOutput : 0;
            for (int j = 0; j < rank; j++)
            {
                double factor = pair.Scale * (inputsFirst ? across[(expert * rank + j) * pair.A.Columns + index] : across[(expert * Parameter.Outputs + index) * rank + j]);
                ReadOnlySpan<float> row = along.Slice((expert * rank + j) * stride + first, width);
                for (int c = 0; c < width; c++) values[c] += factor * row[c];
            }
        }

        if (_rows is not null && _rowAt.TryGetValue(index, out int n))
            for (int c = 0; c < values.Length; c++) values[c] = _rows.Values[n * values.Length + c];
    }

    // B [experts * out, rank] as [experts * rank, out].
    float[] Turned(LowRankPair pair)
    {
        if (_turned.TryGetValue(pair, out float[]? turned)) return turned;
        int outputs = Parameter.Outputs, rank = pair.Rank;
        turned = new float[pair.B.Rows * rank];
        ReadOnlySpan<float> b = pair.B.All;
        for (int row = 0; row < pair.B.Rows; row++)
            for (int j = 0; j < rank; j++) turned[(row / outputs * rank + j) * outputs + row % outputs] = b[row * rank + j];
        _turned.Add(pair, turned);
        return turned;
    }
}
