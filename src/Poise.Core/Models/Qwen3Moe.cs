using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>Qwen 3 with experts (arXiv 2505.09388): norms of every query and key head, experts or a dense part in each layer.</summary>
public sealed class Qwen3Moe : DecoderModel
{
    readonly Qwen3MoeConfig _config;
    readonly Embedding _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly float[] _norm;
    readonly WeightMatrix _output;
    readonly bool _tied;
    readonly Mixture _mixture;
    readonly FloatRows _normed, _qkv, _attended, _result, _gate, _up;

    /// <summary>One of Dense and Mixture.</summary>
    sealed record Block(float[] AttentionNorm, Projections Attention, float[] QueryNorm, float[] KeyNorm, Linear Output,
        float[] MlpNorm, GatedMlp? Dense, ExpertLayer? Mixture);

    Qwen3Moe(Qwen3MoeConfig config, WeightReader weights, bool gguf, LoadOptions options, Runtime runtime) : base(config, options, runtime)
    {
        _config = config;
        int hidden = config.HiddenSize, size = config.HeadSize, queries = config.Heads * size, keys = config.KeyValueHeads * size;
        _embedding = weights.Embedding(gguf ? "token_embd.weight" : "model.embed_tokens.weight", config.VocabularySize, hidden);
        _norm = weights.Vector(gguf ? "output_norm.weight" : "model.norm.weight", hidden);
        _tied = config.Tied;
        _output = weights.Load(_tied ? _embedding.Source : weights.Rows(gguf ? "output.weight" : "lm_head.weight", config.VocabularySize, hidden));
        float[]? divisors = config.RopeScaling.Kind == RopeScalingKind.Divisors ? weights.Vector("rope_freqs.weight", size / 2) : null;
        _rotary = new RotaryTable(size, config.RopeBase, config.RopeScaling, divisors, options.RoundYarnCorners);
        ExpertChoice choose = config.Normalise ? Router.ChooseThenSoftmax : Router.SoftmaxThenChoose;
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = gguf ? $"blk.{n}." : $"model.layers.{n}.", a = gguf ? p + "attn_" : p + "self_attn.", m = gguf ? p + "ffn_" : p + "mlp.", suffix = gguf ? "" : "_proj";
            bool bias = config.AttentionBias, dense = config.DenseLayers.Contains(n);
            float[] norm = weights.Vector(gguf ? $"{p}ffn_norm.weight" : $"{p}post_attention_layernorm.weight", hidden);
            _blocks[n] = new Block(
                weights.Vector(gguf ? $"{p}attn_norm.weight" : $"{p}input_layernorm.weight", hidden), weights.Projections(a, suffix, queries, keys, hidden, bias),
                weights.Vector($"{a}q_norm.weight", size), weights.Vector($"{a}k_norm.weight", size),
                weights.Linear(gguf ? $"{a}output" : $"{a}o_proj", hidden, queries, bias: bias && (!gguf || weights.Has($"{a}output.bias"))),
                norm,
                !dense ? null : new GatedMlp(weights.Linear($"{m}gate{suffix}", config.IntermediateSize, hidden), weights.Linear($"{m}up{suffix}", config.IntermediateSize, hidden),
                    weights.Linear($"{m}down{suffix}", hidden, config.IntermediateSize)),
                dense ? null : new ExpertLayer(norm, weights.Linear(gguf ? $"{m}gate_inp" : $"{m}gate", config.ExpertCount, hidden), choose,
                    MixtureWeights.Read(weights, n, p, gguf, config.ExpertCount, hidden, config.ExpertSize)));
        }

        _mixture = new Mixture(runtime, hidden, config.ExpertSize, config.ExpertCount, config.ExpertsPerToken);
        _normed = new FloatRows(hidden);
        _qkv = new FloatRows(queries + 2 * keys);
        _attended = new FloatRows(queries);
        _result = new FloatRows(hidden);
        _gate = new FloatRows(Math.Max(1, config.IntermediateSize));
        _up = new FloatRows(Math.Max(1, config.IntermediateSize));
    }

    public static Qwen3Moe Load(ModelConfig config, Checkpoint checkpoint, string layout, LoadOptions options) =>
        Load(checkpoint, options, (weights, runtime) => new Qwen3Moe((Qwen3MoeConfig)config, weights, layout == ModelLayout.Gguf, options, runtime));

    public override ModelConfig Config => _config;

    private protected override void Embed(int token, int position, LoadedAdapter? adapter, Span<float> x) => _embedding.Lookup(token, adapter, x);

    private protected override void Blocks(FloatRows x, ReadOnlySpan<int> positions, List<Slice> slices, HiddenStateObserver? hidden)
    {
        int rows = x.Rows, size = _config.HeadSize, queries = _config.Heads * size, keys = _config.KeyValueHeads * size;
        float scale = 1f / MathF.Sqrt(size), epsilon = _config.RmsEpsilon;
        ActivationBatch batch = Runtime.Batch;
        _rotary.Fill(positions);
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result]) buffer.Resize(rows);
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Runtime.RmsNorm(x, block.AttentionNorm, epsilon, _normed);
            block.Attention.Forward(Runtime, batch.Set(_normed), _qkv);

            Runtime.HeadNorm(_qkv, 0, _config.Heads, block.QueryNorm, epsilon);
            Runtime.HeadNorm(_qkv, queries, _config.KeyValueHeads, block.KeyNorm, epsilon);
            Operations.Rotate(Runtime.Pool, _qkv, 0, _config.Heads + _config.KeyValueHeads, size, size, _rotary.Cosines, _rotary.Sines);
            Attend(slices, n, _qkv, scale, null, _attended);
            block.Output.Forward(Runtime, batch.Set(_attended), _result);
            Operations.Add(Runtime.Pool, x, _result);

            Runtime.RmsNorm(x, block.MlpNorm, epsilon, _normed);
            if (block.Mixture is { } mixture) _mixture.Run(x, _normed, epsilon, n, mixture, n + 1 < _blocks.Length ? _blocks[n + 1].Mixture : null, _result);
            else block.Dense!.Forward(Runtime, batch.Set(_normed), _gate, _up, _result);
            Operations.Add(Runtime.Pool, x, _result);
            hidden?.Invoke(n + 1, x.All);
        }
    }

    internal override void Describe(ModuleNames names)
    {
        names.Table("model.embed_tokens", _embedding);
        names.Vector("model.norm.weight", _norm);
        names.Head(_output, _tied);
        for (int n = 0; n < _blocks.Length; n++)
        {
            (Block b, string p) = (_blocks[n], $"model.layers.{n}.");
            names.Vector($"{p}input_layernorm.weight", b.AttentionNorm);
            names.Projections($"{p}self_attn.", b.Attention);
            names.Linear($"{p}self_attn.o_proj", b.Output);
            names.Vector($"{p}self_attn.q_norm.weight", b.QueryNorm);
            names.Vector($"{p}self_attn.k_norm.weight", b.KeyNorm);
            names.Vector($"{p}post_attention_layernorm.weight", b.MlpNorm);
            if (b.Dense is not null) names.Mlp($"{p}mlp.", b.Dense);
            if (b.Mixture is not null) MixtureWeights.Describe(names, p, b.Mixture);
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
            b.Attention.Dispose();
            b.Output.Dispose();
            b.Dense?.Dispose();
            b.Mixture?.Dispose();
        }

        _output.Dispose();
        _rotary.Dispose();
        _mixture.Dispose();
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result, _gate, _up]) buffer.Dispose();
        base.Dispose(disposing);
    }
}
