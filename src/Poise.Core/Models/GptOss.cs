using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>
/// gpt-oss 20b and 120b (arXiv 2508.10925): attention sinks, a 128-token window on every second layer, YaRN with unrounded
/// corners, and a mixture of experts with clamped SwiGLU in every layer.
/// </summary>
public sealed class GptOss : DecoderModel
{
    readonly GptOssConfig _config;
    readonly Embedding _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly float[] _norm;
    readonly WeightMatrix _output;
    readonly ExpertForecast _forecast;
    readonly FloatRows _normed, _qkv, _attended, _result, _router, _gate, _up, _down;
    int[] _experts = [];
    float[] _weights = [];

    internal sealed record Block(float[] AttentionNorm, Projections Attention, Linear Output, float[] Sinks, float[] MlpNorm, Linear Router, Expert[] Experts);

    internal sealed record Expert(Linear Gate, Linear Up, Linear Down, StreamedMatrices? Streamed);

    GptOss(GptOssConfig config, WeightReader weights, string layout, LoadOptions options, Runtime runtime) : base(config, options, runtime)
    {
        _config = config;
        if (config.SwigluAlpha != 1.702f) throw new PoiseException($"This gpt-oss model has swiglu_alpha {config.SwigluAlpha}; Poise runs 1.702 only.");
        (_embedding, _norm, MatrixSource output, _blocks) = GptOssWeights.Read(config, weights, layout);
        _output = weights.Load(output);
        _rotary = new RotaryTable(config.HeadSize, config.RopeBase, config.RopeScaling, roundCorners: options.RoundYarnCorners);
        int queries = config.Heads * config.HeadSize, keys = config.KeyValueHeads * config.HeadSize;
        _normed = new FloatRows(config.HiddenSize);
        _qkv = new FloatRows(queries + 2 * keys);
        _attended = new FloatRows(queries);
        _result = new FloatRows(config.HiddenSize);
        _router = new FloatRows(config.ExpertCount);
        _gate = new FloatRows(config.IntermediateSize);
        _up = new FloatRows(config.IntermediateSize);
        _down = new FloatRows(config.HiddenSize);
        _forecast = new ExpertForecast(config.HiddenSize, config.ExpertCount, config.ExpertsPerToken);
    }

    public static GptOss Load(ModelConfig config, Checkpoint checkpoint, string layout, LoadOptions options) =>
        Load(checkpoint, options, (weights, runtime) => new GptOss((GptOssConfig)config, weights, layout, options, runtime));

    public override ModelConfig Config => _config;

    private protected override void Embed(int token, int position, LoadedAdapter? adapter, Span<float> x) => _embedding.Lookup(token, adapter, x);

    private protected override void Blocks(FloatRows x, ReadOnlySpan<int> positions, List<Slice> slices, HiddenStateObserver? hidden)
    {
        int rows = x.Rows, size = _config.HeadSize, queries = _config.Heads * size, keys = _config.KeyValueHeads * size;
        float scale = 1f / MathF.Sqrt(size);
        ActivationBatch batch = Runtime.Batch;
        _rotary.Fill(positions);
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result, _router]) buffer.Resize(rows);
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Runtime.RmsNorm(x, block.AttentionNorm, _config.RmsEpsilon, _normed);
            block.Attention.Forward(Runtime, batch.Set(_normed), _qkv);

            Operations.Rotate(Runtime.Pool, _qkv, 0, _config.Heads + _config.KeyValueHeads, size, size, _rotary.Cosines, _rotary.Sines);
            Attend(slices, n, _qkv, scale, block.Sinks, _attended);
            block.Output.Forward(Runtime, batch.Set(_attended), _result);
            Operations.Add(Runtime.Pool, x, _result);

            Runtime.RmsNorm(x, block.MlpNorm, _config.RmsEpsilon, _normed);
            block.Router.Forward(Runtime, batch.Set(_normed), _router);
            Experts(x, n);
            Operations.Add(Runtime.Pool, x, _result);
            hidden?.Invoke(n + 1, x.All);
        }
    }

    // Has the chosen experts in memory or on their way from the disk, and then those that the next layer may want.
    void Stream(MatrixStreamer streamer, FloatRows x, int layer, int[] chosen)
    {
        StreamedMatrices[] needed = [.. chosen.Distinct().Order().Select(e => _blocks[layer].Experts[e].Streamed!)];
        _forecast.Judge(needed);
        Block? next = layer + 1 < _blocks.Length ? _blocks[layer + 1] : null;
        streamer.Use(layer, needed, next is null ? [] : _forecast.Guess(Runtime, x, next.MlpNorm, _config.RmsEpsilon, next.Router, Router.ChooseThenSoftmax, e => next.Experts[e].Streamed!));
    }

    // result[t] = sum over the chosen experts e, ascending, of weight * (W2 swiglu(W1 normed[t] + b1) + b2).
    void Experts(FloatRows x, int layer)
    {
        Block block = _blocks[layer];
        int rows = _normed.Rows, k = _config.ExpertsPerToken, pairs = rows * k;
        if (_experts.Length < pairs) (_experts, _weights) = (new int[pairs], new float[pairs]);
        for (int t = 0; t < rows; t++) Router.ChooseThenSoftmax(_router.Row(t), _experts.AsSpan(t * k, k), _weights.AsSpan(t * k, k));
        if (Runtime.Streamer is { } streamer) Stream(streamer, x, layer, _experts[..pairs]);

        // Pairs (token, choice) grouped by expert, so that an expert's weights are read once for all its tokens.
        int[] expertOf = new int[pairs], pairAt = new int[pairs], rowOf = new int[pairs];
        var used = new List<(int Expert, int FirstTile, int Tiles)>();
        ActivationBatch batch = Runtime.Batch;
        batch.Begin(_config.HiddenSize, pairs);
        for (int e = 0, tiles = 0; e < _config.ExpertCount; e++)
        {
            for (int p = 0; p < pairs; p++)
            {
                if (_experts[p] != e) continue;
                expertOf[batch.Rows] = e;
                pairAt[p] = batch.Rows;
                rowOf[batch.Rows] = p / k;
                batch.Add(_normed, p / k);
            }

            int end = batch.EndTile();
            if (end > tiles) used.Add((e, tiles, end - tiles));
            tiles = end;
        }

        _gate.Resize(pairs);
        _up.Resize(pairs);
        _down.Resize(pairs);
        var jobs = new MatrixJob[used.Count * 2];
        for (int i = 0; i < used.Count; i++)
        {
            (int e, int first, int tiles) = used[i];
            jobs[2 * i] = new MatrixJob(block.Experts[e].Gate.Weight, first, tiles, _gate);
            jobs[2 * i + 1] = new MatrixJob(block.Experts[e].Up.Weight, first, tiles, _up);
        }

        Runtime.Product.Run(batch, jobs);
        Runtime.Adapted.Apply(batch, rowOf, p => block.Experts[expertOf[p]].Gate, _gate);
        Runtime.Adapted.Apply(batch, rowOf, p => block.Experts[expertOf[p]].Up, _up);
        Runtime.Pool.For(pairs, 2, (start, end, _) =>
        {
            for (int p = start; p < end; p++)
            {
                Operations.AddTo(_gate.Row(p), block.Experts[expertOf[p]].Gate.Bias);
                Operations.AddTo(_up.Row(p), block.Experts[expertOf[p]].Up.Bias);
            }
        });
        Operations.ClampedSwiGlu(Runtime.Pool, _gate, _up, _config.SwigluLimit);

        batch.Begin(_config.IntermediateSize, pairs);
        for (int i = 0; i < used.Count; i++)
        {
            (int e, int first, int tiles) = used[i];
            for (int p = batch.Rows; p < pairs && expertOf[p] == e; p++) batch.Add(_gate, p);
            batch.EndTile();
            jobs[i] = new MatrixJob(block.Experts[e].Down.Weight, first, tiles, _down);
        }

        Runtime.Product.Run(batch, jobs.AsSpan(0, used.Count));
        Runtime.Adapted.Apply(batch, rowOf, p => block.Experts[expertOf[p]].Down, _down);
        Runtime.Pool.For(rows, 1, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                Span<float> target = _result.Row(t);
                target.Clear();
                for (int i = t * k; i < (t + 1) * k; i++)
                {
                    Span<float> row = _down.Row(pairAt[i]);
                    Operations.AddTo(row, block.Experts[_experts[i]].Down.Bias);
                    Operations.AddScaled(target, row, _weights[i]);
                }
            }
        });
    }

    internal override void Describe(ModuleNames names)
    {
        names.Table("model.embed_tokens", _embedding);
        names.Vector("model.norm.weight", _norm);
        names.Head(_output, tied: false);
        for (int n = 0; n < _blocks.Length; n++)
        {
            (Block b, string p) = (_blocks[n], $"model.layers.{n}.");
            names.Vector($"{p}input_layernorm.weight", b.AttentionNorm);
            names.Projections($"{p}self_attn.", b.Attention);
            names.Linear($"{p}self_attn.o_proj", b.Output);
            names.Vector($"{p}post_attention_layernorm.weight", b.MlpNorm);
            names.Linear($"{p}mlp.router", b.Router);
            // Row 2k is gate k, row 2k + 1 up k.
            names.Experts($"{p}mlp.experts.gate_up_proj", [.. b.Experts.Select(expert => (Linear[])[expert.Gate, expert.Up])], interleaved: true);
            names.Experts($"{p}mlp.experts.down_proj", [.. b.Experts.Select(expert => (Linear[])[expert.Down])], interleaved: true);
        }
    }

    private protected override WeightMatrix Output => _output;

    private protected override FloatRows Norm(FloatRows x)
    {
        Runtime.RmsNorm(x, _norm, _config.RmsEpsilon, _normed.Resize(x.Rows));
        return _normed;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Block b in _blocks)
        {
            foreach (IDisposable part in (IDisposable[])[b.Attention, b.Output, b.Router]) part.Dispose();
            foreach (Expert expert in b.Experts)
                foreach (Linear linear in (Linear[])[expert.Gate, expert.Up, expert.Down]) linear.Dispose();
        }

        _output.Dispose();
        _rotary.Dispose();
        _forecast.Dispose();
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result, _router, _gate, _up, _down]) buffer.Dispose();
        base.Dispose(disposing);
    }
}
