using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A table of embeddings, trained itself or frozen, with what an adapter changes in it: a pair, and rows of their own.</summary>
/// <param name="lookUp">Rows of the table itself, times a factor.</param>
/// <param name="decode">Some rows one behind the other, to be returned to the tape.</param>
/// <param name="count">Rows of the table.</param>
sealed class AdaptedTable(Func<Tape, int[], float, Node> lookUp, Func<Tape, int, int, FloatRows> decode, int count, LoraPair? lora, TableRows? rows)
{
    const int NormRows = 4096;

    /// <param name="adapted">False for the base model alone.</param>
    public Node Apply(Tape tape, int[] indices, float factor, bool adapted)
    {
        Node y = lookUp(tape, indices, factor);
        if (!adapted) return y;
        if (lora is not null)
        {
            Node change = Linear.Apply(tape, Embedding.Columns(tape, lora.A, indices), new TrainedWeight(lora.B));
            y = Add.Apply(tape, y, change, lora.Scale * factor);
            if (lora.Magnitude is { } magnitude) y = Columns.Scale(tape, y, new VectorWeight(magnitude), Norms(tape, lora));
        }

        return rows is null ? y : Embedding.Replace(tape, y, rows, indices, factor);
    }

    // The length of every column of E + scale (B A)^T.
    float[] Norms(Tape tape, LoraPair pair)
    {
        FloatRows sums = tape.Rent(1, pair.B.Value.Rows);
        sums.All.Clear();
        for (int first = 0; first < count; first += NormRows)
        {
            FloatRows values = decode(tape, first, Math.Min(NormRows, count - first));
            FloatRows factors = tape.Rent(values.Rows, pair.A.Value.Rows), change = tape.Rent(values.Rows, values.Columns);
            GradientOperations.Transpose(tape.Pool, pair.A.Value, factors, first);
            tape.Floats.Run(factors, pair.B.Value, change);
            for (int r = 0; r < values.Rows; r++) Operations.AddScaled(values.Row(r), change.Row(r), pair.Scale);
            GradientOperations.AddColumnSums(tape.Pool, values, values, sums);
            foreach (FloatRows used in (FloatRows[])[values, factors, change]) tape.Return(used);
        }

        float[] norms = [.. sums.All.ToArray().Select(MathF.Sqrt)];
        tape.Return(sums);
        return norms;
    }
}
