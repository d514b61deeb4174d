using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A linear layer of a model, with the pair that adapts it where there is one.</summary>
sealed record AdaptedLinear(LinearWeight Weight, VectorWeight? Bias, LoraPair? Lora = null)
{
    const int NormRows = 256;

    readonly LinearWeight? _a = Lora is null ? null : new TrainedWeight(Lora.A), _b = Lora is null ? null : new TrainedWeight(Lora.B);

    /// <summary>The matrix of one expert with its share of a stacked pair, of whose outputs it may be some.</summary>
    public static AdaptedLinear OfExpert(LinearWeight weight, VectorWeight? bias, LoraPair? stacked, int expert, int experts, int firstOutput = 0) =>
        stacked is null ? new AdaptedLinear(weight, bias) : new AdaptedLinear(weight, bias, stacked, expert, experts, firstOutput);

    AdaptedLinear(LinearWeight weight, VectorWeight? bias, LoraPair stacked, int expert, int experts, int firstOutput) : this(weight, bias)
    {
        int rank = stacked.A.Value.Rows / experts;
        (Lora, _a, _b) = (stacked, new TrainedWeight(stacked.A, expert * rank, rank), new StridedWeight(stacked.B, expert, experts, firstOutput, weight.Outputs));
    }

    /// <param name="adapted">False for the base model alone.</param>
    /// <param name="weights">Of the bias of each row: see <see cref="Linear"/>.</param>
    /// <param name="unread">Whether nothing but sums is made of the result.</param>
    public Node Apply(Tape tape, Node x, bool adapted, Node? weights = null, bool unread = false)
    {
        if (!adapted || Lora is null || _a is null || _b is null) return Linear.Apply(tape, x, Weight, Bias, weights, unread);
        VectorWeight? second = Lora.Bias is null ? null : new VectorWeight(Lora.Bias);
        if (Lora.Magnitude is not { } magnitude)
        {
            Node change = Linear.Apply(tape, Linear.Apply(tape, x, _a), _b, second, weights, unread);
            return Add.Apply(tape, Linear.Apply(tape, x, Weight, Bias, weights, unread), change, Lora.Scale);
        }

        if (weights is not null && Bias is not null) throw new NotSupportedException("No weighted layer has a magnitude and a bias.");
        Node sum = Add.Apply(tape, Linear.Apply(tape, x, Weight), Linear.Apply(tape, Linear.Apply(tape, x, _a), _b), Lora.Scale);
        Node scaled = Columns.Scale(tape, sum, new VectorWeight(magnitude), Norms(tape));
        // DoRA leaves the bias as it is.
        return Bias is null ? scaled : Linear.AddBias(tape, scaled, Bias);
    }

    /// <summary>The length of every row of W + scale B A.</summary>
    public float[] Norms(Tape tape)
    {
        float[] norms = new float[Weight.Outputs];
        for (int first = 0; first < norms.Length; first += NormRows)
        {
            int from = first;
            FloatRows rows = Weight.Rows(tape, from, Math.Min(NormRows, norms.Length - from));
            tape.Pool.For(rows.Rows, 4, (start, end, _) =>
            {
                for (int r = start; r < end; r++)
                {
                    Span<float> row = rows.Row(r), factors = Lora!.B.Value.Row(from + r);
                    for (int j = 0; j < factors.Length; j++) Operations.AddScaled(row, Lora.A.Value.Row(j), Lora.Scale * factors[j]);
                    norms[from + r] = MathF.Sqrt(GradientOperations.Dot(row, row));
                }
            });
            tape.Return(rows);
        }

        return norms;
    }
}
