using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>The pairs of one parameter in a GGUF adapter: one mostly, two where gate and up are apart; together they are one of their summed rank.</summary>
sealed class GgufPairs(BaseParameter parameter)
{
    readonly List<(float[] A, float[] B, int Rank, GgufPlace Place, int Rows)> _parts = [];

    int Experts => Math.Max(1, parameter.Experts);

    public void Add(StoredTensor a, StoredTensor b, GgufPlace place)
    {
        // lora_a of a table is stored transposed: with lora_b the other way round, its factors are those of its rows.
        bool table = parameter.Kind == BaseKind.Table;
        (StoredTensor left, StoredTensor right) = table ? (b, a) : (a, b);
        int own = place.Rows > 0 ? place.Rows : parameter.Outputs / place.Step;
        long rank = table ? right.Shape[^1] : left.Shape.Length > 1 ? left.Shape[^2] : 0;
        long stored = right.Elements / Math.Max(1, rank) / Experts;
        long[] expectedA = table ? [parameter.Inputs, rank] : parameter.Experts > 0 ? [parameter.Experts, rank, parameter.Inputs] : [rank, parameter.Inputs];
        if (rank is < 1 or > 1 << 16 || !left.Shape.AsSpan().SequenceEqual(expectedA) || right.Shape[^1] != rank || right.Elements != stored * rank * Experts
            || (place.Rows > 0 ? stored < place.FirstRow + place.Rows : stored != own))
            throw new ModelFileException(left.File, left.Name, $"the factors [{string.Join(", ", left.Shape)}] and [{string.Join(", ", right.Shape)}] do not fit {parameter.Name} of {parameter.Outputs} outputs and {parameter.Inputs} inputs");
        float[] first = Finite(left), second = Finite(right);
        int r = (int)rank;
        if (table) first = Factors.Turned(first, parameter.Inputs, r);
        float[] rows = new float[Experts * own * r];
        for (int e = 0; e < Experts; e++) second.AsSpan(checked((int)(e * stored + place.FirstRow) * r), own * r).CopyTo(rows.AsSpan(e * own * r));
        _parts.Add((first, rows, r, place, own));
    }

    public LowRankPair Build(double alpha)
    {
        // Gate and up of one file share A where one pair was split: then it is one pair again.
        bool same = _parts.TrueForAll(part => part.A.AsSpan().SequenceEqual(_parts[0].A));
        int rank = same ? _parts[0].Rank : _parts.Sum(part => part.Rank), inputs = parameter.Inputs, outputs = parameter.Outputs;
        // alpha / rank of each is the scale; summed ranks keep it only if they are equal.
        double scale = alpha > 0 ? alpha / _parts[0].Rank : 1;
        FloatRows a = Factors.New(Experts * rank, inputs), b = Factors.New(Experts * outputs, rank);
        b.All.Clear();
        int at = 0;
        foreach ((float[] first, float[] second, int own, GgufPlace place, int rows) in _parts)
        {
            if (own != _parts[0].Rank) throw new PoiseException($"{parameter.Name}: the adapter's pairs for it differ in rank, which is not supported.");
            for (int e = 0; e < Experts; e++)
            {
                first.AsSpan(e * own * inputs, own * inputs).CopyTo(a.All[((e * rank + at) * inputs)..]);
                for (int row = 0; row < rows; row++)
                {
                    int output = place.Outputs is not null ? place.Outputs[row] : place.FirstOutput + place.Step * row;
                    second.AsSpan((e * rows + row) * own, own).CopyTo(b.Row(e * outputs + output)[at..]);
                }
            }

            if (!same) at += own;
        }

        return new LowRankPair(parameter, rank, scale * rank, scale, a, b);
    }

    static float[] Finite(StoredTensor tensor)
    {
        float[] values = tensor.ToFloats();
        int wrong = Array.FindIndex(values, value => !float.IsFinite(value));
        return wrong < 0 ? values : throw new ModelFileException(tensor.File, tensor.Name, $"element {wrong} is not a finite number");
    }
}
