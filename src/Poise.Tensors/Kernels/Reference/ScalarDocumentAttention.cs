namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="DocumentAttention"/> computes for one document and one head with its own keys and values, in plain loops.</summary>
static class ScalarDocumentAttention
{
    /// <param name="q">[length, size]; k and v likewise.</param>
    public static (float[][] Output, float[][] Dq, float[][] Dk, float[][] Dv, float[] Dsink) Run(float[][] q, float[][] k, float[][] v, float[][] dy, AttentionShape shape, float? sink)
    {
        int length = q.Length, size = shape.KeySize, valueSize = shape.ValueSize;
        float[][] output = Zeros(length, valueSize), dq = Zeros(length, size), dk = Zeros(length, size), dv = Zeros(length, valueSize);
        float[] dsink = new float[length];
        for (int t = 0; t < length; t++)
        {
            int first = shape.Window > 0 ? Math.Max(0, t - shape.Window + 1) : 0;
            float[] scores = new float[length], slopes = new float[length];
            float largest = sink ?? float.NegativeInfinity;
            for (int j = first; j <= t; j++)
            {
                (scores[j], slopes[j]) = (Chain(q[t], k[j]) * shape.Scale, shape.Scale);
                if (shape.Cap > 0)
                {
                    scores[j] = ScalarGradients.Cap(scores[j], shape.Cap);
                    slopes[j] = shape.Scale * ScalarGradients.CapSlope(scores[j], shape.Cap);
                }

                largest = Math.Max(largest, scores[j]);
            }

            float[] lanes = new float[ScalarLanes.Count], p = new float[length];
            for (int j = first; j <= t; j++)
            {
                p[j] = ScalarFunctions.Exp(scores[j] - largest);
                lanes[j % ScalarLanes.Count] += p[j];
            }

            float sum = ScalarLanes.Sum(lanes), own = sink is { } s ? ScalarFunctions.Exp(s - largest) : 0;
            if (sink is not null) sum += own;
            float inverse = 1f / sum;
            for (int j = first; j <= t; j++)
            {
                p[j] *= inverse;
                for (int d = 0; d < valueSize; d++) output[t][d] = MathF.FusedMultiplyAdd(p[j], v[j][d], output[t][d]);
            }

            float pull = ScalarDot.Dot(dy[t], output[t]);
            dsink[t] = -(own * inverse * pull);
            for (int j = first; j <= t; j++)
            {
                float ds = p[j] * (Chain(dy[t], v[j]) - pull) * slopes[j];
                for (int d = 0; d < size; d++)
                {
                    dq[t][d] = MathF.FusedMultiplyAdd(ds, k[j][d], dq[t][d]);
                    dk[j][d] = MathF.FusedMultiplyAdd(ds, q[t][d], dk[j][d]);
                }

                for (int d = 0; d < valueSize; d++) dv[j][d] = MathF.FusedMultiplyAdd(p[j], dy[t][d], dv[j][d]);
            }
        }

        return (output, dq, dk, dv, dsink);
    }

    static float Chain(float[] a, float[] b)
    {
        float sum = 0;
        for (int d = 0; d < a.Length; d++) sum = MathF.FusedMultiplyAdd(a[d], b[d], sum);
        return sum;
    }

    static float[][] Zeros(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => new float[columns])];
}
