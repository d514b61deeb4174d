using Poise.Core.Models;
using Poise.Tensors.Kernels;

namespace Poise.Core.Pretraining;

/// <summary>
/// First weights in which copying is laid out already: the two layers of an induction head (Olsson et al., "In-context learning and induction heads",
/// 2022), which small models otherwise find late. Embeddings leave the last part of the residual stream free. In layer 0 the first head of half the groups
/// looks at the token before, the second one, where there is room, at the token before that, by their biases alone, and they write a projection P of it there. In layer 1 the first
/// head of each group looks for places where that part is the projection of the token here and of the one before, and adds the embedding that stands there,
/// turned by a matrix M; the output table is the embedding table turned by M, so that what was found is said. One token alone would be too little to go by: pieces of
/// words and digits stand in many places. Everything else is as random as it was, with less weight on what is added to the stream, and training changes all of it.
/// The idea of beginning with the shape of what is learnt anyway is that of Trockman and Kolter ("Mimetic initialization of self-attention layers", 2023).
/// </summary>
/// <param name="normal">The standard normal numbers of a tensor, by name and count.</param>
sealed class InductionHeads(GptOssConfig config, double deviation, Func<string, int, float[]> normal)
{
    /// <summary>Length of the pairs of biases that tell the token before from its neighbours, and how many pairs: their angles differ most from place to place.</summary>
    const double Bias = 7.5;
    const int BiasedPairs = 5;

    /// <summary>A token is looked for in pairs that turn by less than this a place: nearly nothing over a text's length.</summary>
    const double SlowAngle = 0.015;

    /// <summary>Of queries and keys: a score of about 10 where the tokens are the same.</summary>
    const double Match = 2;

    /// <summary>Of embeddings, and of what is written of the token before, beside other weights.</summary>
    const double Embedded = 2.5;

    /// <summary>Of what was found, beside an embedding.</summary>
    const double Found = 1.5;

    /// <summary>Of what other weights add to the stream, beside what they would add.</summary>
    const double Others = 0.5;

    const string Embedding = "model.embed_tokens.weight";

    readonly int _hidden = config.HiddenSize, _size = config.HeadSize, _group = config.Heads / config.KeyValueHeads;

    /// <summary>Groups whose first head looks back.</summary>
    readonly int _looking = Math.Max(1, config.KeyValueHeads / 2);

    /// <summary>Heads of such a group that look back, each one place further.</summary>
    readonly int _looks = LooksOf(config);

    /// <summary>Elements of the stream that hold a token that stands before: the last ones, first for the place before, then for the one before that.</summary>
    int Written => _looking * _size;

    int Embeddable => _hidden - (_looks * Written);

    /// <summary>Why a model has no room for them; null where it has.</summary>
    public static string? Hindrance(GptOssConfig config) =>
        config.Layers < 2 ? "an induction head takes two layers"
        : RoomOf(config) < 1 ? "half the heads for keys and values may take half of hidden_size at most"
        : null;

    static int LooksOf(GptOssConfig config) => Math.Min(Math.Min(2, config.Heads / config.KeyValueHeads), RoomOf(config));

    /// <summary>Tokens for which half of the stream has room.</summary>
    static int RoomOf(GptOssConfig config) => config.HiddenSize / (2 * Math.Max(1, config.KeyValueHeads / 2) * config.HeadSize);

    /// <summary>Puts into a tensor's first values what it takes.</summary>
    public void Put(string tensor, float[] values)
    {
        const string First = "model.layers.0.self_attn.", Second = "model.layers.1.self_attn.";
        if (tensor.EndsWith("o_proj.weight", StringComparison.Ordinal) || tensor.EndsWith("down_proj", StringComparison.Ordinal)) Scale(values, Others);
        switch (tensor)
        {
            case Embedding: Embeddings(values.Length).AsSpan().CopyTo(values); break;
            case First + "q_proj.bias": PutBiases(values, _group, _looks, (angle, look) => PreciseMath.SinCos(-angle * (look + 1))); break;
            case First + "k_proj.bias": PutBiases(values, 1, 1, (_, _) => (0, 1)); break;
            case First + "v_proj.weight": Projection().AsSpan().CopyTo(values); break;
            case First + "o_proj.weight": for (int look = 0; look < _looks; look++)
                {
                    int start = Embeddable + (look * Written);
                    PutColumns(values, _looking, look, (row, column) => row == start + column ? (float)(Embedded * deviation) : 0);
                }
                break;
            case Second + "q_proj.weight": PutRows(values, _group, [Projection(), Last(0)]); break;
            case Second + "k_proj.weight": PutRows(values, 1, [.. Enumerable.Range(0, _looks).Select(Last)]); break;
            case Second + "v_proj.weight": Values().AsSpan().CopyTo(values); break;
            case Second + "o_proj.weight":
                int width = config.KeyValueHeads * _size;
                float[] turned = Product(Turn(), Values(), width);
                PutColumns(values, config.KeyValueHeads, 0, (row, column) => (float)(Found * Embedded * deviation * turned[(row * width) + column]));
                break;
            case "lm_head.weight":
                Product(Embeddings(values.Length), Turn(), _hidden).AsSpan().CopyTo(values);
                Scale(values, 1 / Embedded);
                break;
        }
    }

    float[] Embeddings(int count)
    {
        float[] values = normal(Embedding, count);
        Scale(values, Embedded * deviation);
        for (int i = 0; i < values.Length; i++)
            if (i % _hidden >= Embeddable) values[i] = 0;
        return values;
    }

    /// <summary>P: of the token here in layer 1, of the one before in layer 0.</summary>
    float[] Projection() => Reading("induction projection", Written);

    /// <summary>Rows that make numbers of about 1 of a normalized embedding, and nothing of the last part.</summary>
    float[] Reading(string name, int rows)
    {
        float[] values = normal(name, rows * _hidden);
        Scale(values, 1 / Math.Sqrt(_hidden));
        for (int i = 0; i < values.Length; i++)
            if (i % _hidden >= Embeddable) values[i] = 0;
        return values;
    }

    float[] Values() => Reading("induction values", config.KeyValueHeads * _size);

    /// <summary>Rows that take a token that stands before as it is.</summary>
    float[] Last(int look)
    {
        float[] values = new float[Written * _hidden];
        for (int i = 0; i < Written; i++) values[(i * _hidden) + Embeddable + (look * Written) + i] = 1;
        return values;
    }

    /// <summary>M [hidden, hidden]: nearly keeps lengths and angles.</summary>
    float[] Turn()
    {
        float[] values = normal("induction turn", _hidden * _hidden);
        Scale(values, 1 / Math.Sqrt(_hidden));
        return values;
    }

    /// <param name="step">Heads from one that looks back to the next.</param>
    void PutBiases(float[] values, int step, int looks, Func<double, int, (double Sin, double Cos)> at)
    {
        for (int g = 0; g < _looking; g++)
            for (int look = 0; look < looks; look++)
                for (int pair = 0; pair < Math.Min(BiasedPairs, _size / 2); pair++)
                {
                    (double sine, double cosine) = at(Angle(pair), look);
                    int start = (((g * step) + look) * _size) + pair;
                    values[start] = (float)(Bias * cosine);
                    values[start + (_size / 2)] = (float)(Bias * sine);
                }
    }

    /// <summary>Rows of the slow pairs of every group's first head, each group the next of the projections: three fifths for the nearer token.</summary>
    /// <param name="step">Heads from one group's first to the next one's.</param>
    /// <param name="places">Projections of the nearer token and of the other.</param>
    void PutRows(float[] values, int step, float[][] places)
    {
        int[] slow = [.. Enumerable.Range(0, _size / 2).Where(pair => Angle(pair) < SlowAngle).SelectMany(pair => (int[])[pair, pair + (_size / 2)])];
        int nearer = _looks > 1 ? slow.Length * 3 / 5 : slow.Length;
        for (int g = 0; g < config.KeyValueHeads; g++)
            for (int i = 0; i < slow.Length; i++)
            {
                int place = i < nearer ? 0 : 1, row = (g * step * _size) + slow[i];
                int from = (place == 0 ? (g * nearer) + i : (g * (slow.Length - nearer)) + i - nearer) % Written;
                for (int c = 0; c < _hidden; c++) values[(row * _hidden) + c] = (float)(Match * places[place][(from * _hidden) + c]);
            }
    }

    /// <summary>Columns [hidden, heads x size] of one head of some groups.</summary>
    void PutColumns(float[] values, int groups, int head, Func<int, int, float> at)
    {
        int columns = config.Heads * _size;
        for (int row = 0; row < _hidden; row++)
            for (int g = 0; g < groups; g++)
                for (int d = 0; d < _size; d++) values[(row * columns) + (((g * _group) + head) * _size) + d] = at(row, (g * _size) + d);
    }

    /// <summary>How far a pair turns from one place to the next.</summary>
    double Angle(int pair) => PreciseMath.Power(config.RopeBase, -2.0 * pair / _size);

    static void Scale(float[] values, double factor)
    {
        for (int i = 0; i < values.Length; i++) values[i] = (float)(values[i] * factor);
    }

    // a [m, hidden] times b [n, hidden] transposed, sums in double in the order of the columns.
    float[] Product(float[] a, float[] b, int n)
    {
        int m = a.Length / _hidden;
        float[] c = new float[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int k = 0; k < _hidden; k++) sum += (double)a[(i * _hidden) + k] * b[(j * _hidden) + k];
                c[(i * n) + j] = (float)sum;
            }
        return c;
    }
}
