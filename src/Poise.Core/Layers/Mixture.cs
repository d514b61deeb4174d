using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>
/// Runs mixtures of experts with gated SiLU and no biases; one for all layers of a model. Each chosen expert's weights are read
/// once for all tokens that chose it, and a token adds its experts in ascending order.
/// </summary>
public sealed class Mixture(Runtime runtime, int hidden, int width, int experts, int perToken) : IDisposable
{
    readonly ExpertForecast _forecast = new(hidden, experts, perToken);
    readonly FloatRows _router = new(experts), _gate = new(width), _up = new(width), _down = new(hidden);

    /// <summary>result[t] = sum over the chosen experts of weight * down(silu(gate normed[t]) * up normed[t]).</summary>
    /// <param name="x">What <paramref name="normed"/> is the norm of.</param>
    /// <param name="next">The layer after this one, which is guessed ahead of where experts are streamed; null where it has no experts.</param>
    public void Run(FloatRows x, FloatRows normed, float epsilon, int layer, ExpertLayer own, ExpertLayer? next, FloatRows result)
    {
        int rows = normed.Rows, pairs = rows * perToken;
        ActivationBatch batch = runtime.Batch;
        own.Router.Forward(runtime, batch.Set(normed), _router.Resize(rows));
        int[] chosen = new int[pairs];
        float[] weights = new float[pairs];
        for (int t = 0; t < rows; t++) own.Choose(_router.Row(t), chosen.AsSpan(t * perToken, perToken), weights.AsSpan(t * perToken, perToken));
        if (runtime.Streamer is { } streamer)
        {
            StreamedMatrices[] needed = [.. chosen.Distinct().Order().Select(e => own.Experts[e].Streamed!)];
            _forecast.Judge(needed);
            streamer.Use(layer, needed, next is null ? [] : _forecast.Guess(runtime, x, next.Norm, epsilon, next.Router, next.Choose, e => next.Experts[e].Streamed!));
        }

        // Pairs (token, choice) by expert, in the order of tokens.
        int[] order = [.. Enumerable.Range(0, pairs).OrderBy(p => chosen[p])];
        int[] expertOf = [.. order.Select(p => chosen[p])], rowOf = [.. order.Select(p => p / perToken)], pairAt = new int[pairs];
        for (int i = 0; i < pairs; i++) pairAt[order[i]] = i;
        var used = new List<(int Expert, int FirstTile, int Tiles)>();
        batch.Begin(hidden, pairs);
        for (int i = 0, tiles = 0; i < pairs;)
        {
            int e = expertOf[i];
            for (; i < pairs && expertOf[i] == e; i++) batch.Add(normed, rowOf[i]);
            int end = batch.EndTile();
            used.Add((e, tiles, end - tiles));
            tiles = end;
        }

        foreach (FloatRows buffer in (FloatRows[])[_gate, _up, _down]) buffer.Resize(pairs);
        runtime.Product.Run(batch, [.. used.SelectMany(u => (MatrixJob[])
            [new MatrixJob(own.Experts[u.Expert].Gate.Weight, u.FirstTile, u.Tiles, _gate), new MatrixJob(own.Experts[u.Expert].Up.Weight, u.FirstTile, u.Tiles, _up)])]);
        runtime.Adapted.Apply(batch, rowOf, p => own.Experts[expertOf[p]].Gate, _gate);
        runtime.Adapted.Apply(batch, rowOf, p => own.Experts[expertOf[p]].Up, _up);
        Operations.SiluGate(runtime.Pool, _gate, _up);

        batch.Begin(width, pairs);
        for (int i = 0; i < pairs; i++)
        {
            batch.Add(_gate, i);
            if (i + 1 == pairs || expertOf[i + 1] != expertOf[i]) batch.EndTile();
        }

        runtime.Product.Run(batch, [.. used.Select(u => new MatrixJob(own.Experts[u.Expert].Down.Weight, u.FirstTile, u.Tiles, _down))]);
        runtime.Adapted.Apply(batch, rowOf, p => own.Experts[expertOf[p]].Down, _down);
        runtime.Pool.For(rows, 1, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                Span<float> target = result.Row(t);
                target.Clear();
                for (int i = t * perToken; i < (t + 1) * perToken; i++) Operations.AddScaled(target, _down.Row(pairAt[i]), weights[i]);
            }
        });
    }

    public void Dispose()
    {
        _forecast.Dispose();
        foreach (FloatRows buffer in (FloatRows[])[_router, _gate, _up, _down]) buffer.Dispose();
    }
}
