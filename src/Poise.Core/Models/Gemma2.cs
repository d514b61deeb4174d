using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>
/// Gemma 2 (arXiv 2408.00118): norms before and after each part, soft caps on scores and logits, a window on every second
/// layer, tied tables, the embedding times sqrt(hidden).
/// </summary>
public sealed class Gemma2 : DecoderModel
{
    readonly Gemma2Config _config;
    readonly Embedding _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly float[] _norm;
    readonly WeightMatrix _output;
    readonly FloatRows _normed, _qkv, _attended, _result, _gate, _up;

    sealed record Block(float[] BeforeAttention, Projections Attention, Linear Output, float[] AfterAttention,
        float[] BeforeMlp, GatedMlp Mlp, float[] AfterMlp);

    Gemma2(Gemma2Config config, WeightReader weights, bool gguf, LoadOptions options, Runtime runtime) : base(config, options, runtime)
    {
        _config = config;
        int hidden = config.HiddenSize, size = config.HeadSize, queries = config.Heads * size, keys = config.KeyValueHeads * size;
        _embedding = weights.Embedding(gguf ? "token_embd.weight" : "model.embed_tokens.weight", config.VocabularySize, hidden);
        _norm = Norm(gguf ? "output_norm" : "model.norm");
        _output = weights.Load(config.Tied ? _embedding.Source : weights.Rows(gguf ? "output.weight" : "lm_head.weight", config.VocabularySize, hidden));
        float[]? divisors = config.RopeScaling.Kind == RopeScalingKind.Divisors ? weights.Vector("rope_freqs.weight", size / 2) : null;
        _rotary = new RotaryTable(size, config.RopeBase, config.RopeScaling, divisors, options.RoundYarnCorners);
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = gguf ? $"blk.{n}." : $"model.layers.{n}.", a = gguf ? p + "attn_" : p + "self_attn.", m = gguf ? p + "ffn_" : p + "mlp.", suffix = gguf ? "" : "_proj";
            _blocks[n] = new Block(
                Norm(gguf ? $"{p}attn_norm" : $"{p}input_layernorm"), weights.Projections(a, suffix, queries, keys, hidden),
                weights.Linear(gguf ? $"{a}output" : $"{a}o_proj", hidden, queries),
                Norm(gguf ? $"{p}post_attention_norm" : $"{p}post_attention_layernorm"),
                Norm(gguf ? $"{p}ffn_norm" : $"{p}pre_feedforward_layernorm"),
                new GatedMlp(weights.Linear($"{m}gate{suffix}", config.IntermediateSize, hidden), weights.Linear($"{m}up{suffix}", config.IntermediateSize, hidden),
                    weights.Linear($"{m}down{suffix}", hidden, config.IntermediateSize), Gelu: true),
                Norm(gguf ? $"{p}post_ffw_norm" : $"{p}post_feedforward_layernorm"));
        }

        _normed = new FloatRows(hidden);
        _qkv = new FloatRows(queries + 2 * keys);
        _attended = new FloatRows(queries);
        _result = new FloatRows(hidden);
        _gate = new FloatRows(config.IntermediateSize);
        _up = new FloatRows(config.IntermediateSize);

        // Hugging Face stores what is added to 1, GGUF the sum.
        float[] Norm(string name) => gguf ? weights.Vector($"{name}.weight", hidden) : Array.ConvertAll(weights.Vector($"{name}.weight", hidden), w => 1 + w);
    }

    public static Gemma2 Load(ModelConfig config, Checkpoint checkpoint, string layout, LoadOptions options) =>
        Load(checkpoint, options, (weights, runtime) => new Gemma2((Gemma2Config)config, weights, layout == ModelLayout.Gguf, options, runtime));

    public override ModelConfig Config => _config;

    private protected override void Embed(int token, int position, LoadedAdapter? adapter, Span<float> x)
    {
        _embedding.Lookup(token, adapter, x);
        float factor = MathF.Sqrt(_config.HiddenSize);
        foreach (ref float value in x) value *= factor;
    }

    private protected override void Blocks(FloatRows x, ReadOnlySpan<int> positions, List<Slice> slices, HiddenStateObserver? hidden)
    {
        int rows = x.Rows, size = _config.HeadSize, queries = _config.Heads * size, keys = _config.KeyValueHeads * size;
        float scale = (float)(1 / Math.Sqrt(_config.QueryScalar)), epsilon = _config.RmsEpsilon;
        ActivationBatch batch = Runtime.Batch;
        _rotary.Fill(positions);
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result]) buffer.Resize(rows);
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Runtime.RmsNorm(x, block.BeforeAttention, epsilon, _normed);
            block.Attention.Forward(Runtime, batch.Set(_normed), _qkv);
            Operations.Rotate(Runtime.Pool, _qkv, 0, _config.Heads + _config.KeyValueHeads, size, size, _rotary.Cosines, _rotary.Sines);
            Attend(slices, n, _qkv, scale, null, _attended, _config.ScoreCap);
            block.Output.Forward(Runtime, batch.Set(_attended), _result);
            Runtime.RmsNorm(_result, block.AfterAttention, epsilon, _normed);
            Operations.Add(Runtime.Pool, x, _normed);

            Runtime.RmsNorm(x, block.BeforeMlp, epsilon, _normed);
            block.Mlp.Forward(Runtime, batch.Set(_normed), _gate, _up, _result);
            Runtime.RmsNorm(_result, block.AfterMlp, epsilon, _normed);
            Operations.Add(Runtime.Pool, x, _normed);
            hidden?.Invoke(n + 1, x.All);
        }
    }

    internal override void Describe(ModuleNames names)
    {
        names.Table("model.embed_tokens", _embedding);
        Norm("model.norm", _norm);
        names.Head(_output, _config.Tied);
        for (int n = 0; n < _blocks.Length; n++)
        {
            (Block b, string p) = (_blocks[n], $"model.layers.{n}.");
            Norm($"{p}input_layernorm", b.BeforeAttention);
            names.Projections($"{p}self_attn.", b.Attention);
            names.Linear($"{p}self_attn.o_proj", b.Output);
            Norm($"{p}post_attention_layernorm", b.AfterAttention);
            Norm($"{p}pre_feedforward_layernorm", b.BeforeMlp);
            names.Mlp($"{p}mlp.", b.Mlp);
            Norm($"{p}post_feedforward_layernorm", b.AfterMlp);
        }

        void Norm(string name, float[] values) => names.Vector($"{name}.weight", values, offset: 1);
    }

    private protected override WeightMatrix Output => _output;

    private protected override float LogitCap => _config.LogitCap;

    private protected override FloatRows Norm(FloatRows x)
    {
        Runtime.RmsNorm(x, _norm, _config.RmsEpsilon, _normed.Resize(x.Rows));
        return _normed;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Block b in _blocks)
            foreach (IDisposable part in (IDisposable[])[b.Attention, b.Output, b.Mlp]) part.Dispose();
        _output.Dispose();
        _rotary.Dispose();
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result, _gate, _up]) buffer.Dispose();
        base.Dispose(disposing);
    }
}
