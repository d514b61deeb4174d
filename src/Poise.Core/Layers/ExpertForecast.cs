using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>
/// Guesses which experts the next layer will choose by showing its router what enters this layer's experts (Eliseev and Mazur
/// 2023, arXiv 2312.17238), so that the disk reads them while this layer computes. Changes no result. It keeps count of how
/// often what it would have read was used, and stays silent while that is less than every second time.
/// </summary>
sealed class ExpertForecast(int hidden, int experts, int perToken) : IDisposable
{
    /// <summary>With more rows than these nearly every expert is used, and the layers take far longer to read than to compute.</summary>
    const int MostRows = 8;

    readonly FloatRows _normed = new(hidden), _logits = new(experts);
    readonly HashSet<StreamedMatrices> _guessed = [];
    double _useful = 1;
    int _silent;

    /// <summary>Experts of the next layer that are not in memory and worth asking the disk for.</summary>
    public StreamedMatrices[] Guess(Runtime runtime, FloatRows x, float[] norm, float epsilon, Linear router, ExpertChoice choose, Func<int, StreamedMatrices> expert)
    {
        _guessed.Clear();
        // Silent, it still looks now and then whether it would be right.
        if (x.Rows > MostRows || (_useful < 0.5 && _silent++ % 16 != 0)) return [];
        Operations.RmsNorm(runtime.Pool, x, norm, epsilon, _normed.Resize(x.Rows));
        // Without adapters: a guess.
        runtime.Product.Run(runtime.Batch.Set(_normed), router.Weight, _logits.Resize(x.Rows));
        if (router.Bias is not null) Operations.AddBias(runtime.Pool, _logits, router.Bias);
        Span<int> chosen = stackalloc int[perToken];
        Span<float> weights = stackalloc float[perToken];
        for (int t = 0; t < x.Rows; t++)
        {
            choose(_logits.Row(t), chosen, weights);
            foreach (int e in chosen)
                if (expert(e) is { IsKept: false } missing) _guessed.Add(missing);
        }

        return _useful < 0.5 ? [] : [.. _guessed];
    }

    /// <summary>What the layer chose, for which the last guess was made.</summary>
    public void Judge(ReadOnlySpan<StreamedMatrices> used)
    {
        if (_guessed.Count == 0) return;
        int right = 0;
        foreach (StreamedMatrices group in used)
            if (_guessed.Contains(group)) right++;
        // About the last fifty guesses count.
        _useful += (right / (double)_guessed.Count - _useful) * Math.Min(1, 0.02 * _guessed.Count);
        _guessed.Clear();
    }

    public void Dispose()
    {
        _normed.Dispose();
        _logits.Dispose();
    }
}
