using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>Llama 2, 3 and 3.x (arXiv 2302.13971, 2407.21783): pre-norm, rotary positions, grouped queries, gated SiLU.</summary>
public sealed class Llama : DecoderModel
{
    readonly LlamaConfig _config;
    readonly Embedding _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly float[] _norm;
    readonly WeightMatrix _output;
    readonly bool _tied;
    readonly FloatRows _normed, _qkv, _attended, _result, _gate, _up;

    sealed record Block(float[] AttentionNorm, Projections Attention, Linear Output, float[] MlpNorm, GatedMlp Mlp);

    Llama(LlamaConfig config, WeightReader weights, bool gguf, LoadOptions options, Runtime runtime) : base(config, options, runtime)
    {
        _config = config;
        int hidden = config.HiddenSize, size = config.HeadSize, queries = config.Heads * size, keys = config.KeyValueHeads * size;
        string embedding = gguf ? "token_embd" : "model.embed_tokens", output = gguf ? "output" : "lm_head";
        _embedding = weights.Embedding($"{embedding}.weight", config.VocabularySize, hidden);
        _norm = weights.Vector(gguf ? "output_norm.weight" : "model.norm.weight", hidden);
        _tied = config.Tied || !weights.Has($"{output}.weight");
        _output = weights.Load(_tied ? _embedding.Source : weights.Rows($"{output}.weight", config.VocabularySize, hidden));
        float[]? divisors = config.RopeScaling.Kind == RopeScalingKind.Divisors ? weights.Vector("rope_freqs.weight", size / 2) : null;
        _rotary = new RotaryTable(size, config.RopeBase, config.RopeScaling, divisors, options.RoundYarnCorners);

        // GGUF files of this family hold the rows of q and k in the order of interleaved rotation.
        int[]? queryMap = gguf ? Interleaved(config.Heads, size) : null, keyMap = gguf ? Interleaved(config.KeyValueHeads, size) : null;
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = gguf ? $"blk.{n}." : $"model.layers.{n}.", a = gguf ? p + "attn_" : p + "self_attn.", m = gguf ? p + "ffn_" : p + "mlp.";
            string suffix = gguf ? "" : "_proj";
            bool bias = config.AttentionBias, mlpBias = config.MlpBias;
            Projections attention = weights.Projections(a, suffix, queries, keys, hidden, bias, queryMap, keyMap);
            _blocks[n] = new Block(
                weights.Vector(gguf ? $"{p}attn_norm.weight" : $"{p}input_layernorm.weight", hidden), attention,
                weights.Linear(gguf ? $"{p}attn_output" : $"{a}o_proj", hidden, queries, bias: bias && (!gguf || weights.Has($"{p}attn_output.bias"))),
                weights.Vector(gguf ? $"{p}ffn_norm.weight" : $"{p}post_attention_layernorm.weight", hidden),
                new GatedMlp(weights.Linear($"{m}gate{suffix}", config.IntermediateSize, hidden, bias: mlpBias),
                    weights.Linear($"{m}up{suffix}", config.IntermediateSize, hidden, bias: mlpBias),
                    weights.Linear($"{m}down{suffix}", hidden, config.IntermediateSize, bias: mlpBias)));
        }

        _normed = new FloatRows(hidden);
        _qkv = new FloatRows(queries + 2 * keys);
        _attended = new FloatRows(queries);
        _result = new FloatRows(hidden);
        _gate = new FloatRows(config.IntermediateSize);
        _up = new FloatRows(config.IntermediateSize);
    }

    public static Llama Load(ModelConfig config, Checkpoint checkpoint, string layout, LoadOptions options) =>
        Load(checkpoint, options, (weights, runtime) => new Llama((LlamaConfig)config, weights, layout == ModelLayout.Gguf, options, runtime));

    public override ModelConfig Config => _config;

    private protected override void Embed(int token, int position, LoadedAdapter? adapter, Span<float> x) => _embedding.Lookup(token, adapter, x);

    private protected override void Blocks(FloatRows x, ReadOnlySpan<int> positions, List<Slice> slices, HiddenStateObserver? hidden)
    {
        int rows = x.Rows, size = _config.HeadSize, queries = _config.Heads * size, keys = _config.KeyValueHeads * size;
        float scale = 1f / MathF.Sqrt(size);
        ActivationBatch batch = Runtime.Batch;
        _rotary.Fill(positions);
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result]) buffer.Resize(rows);
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Runtime.RmsNorm(x, block.AttentionNorm, _config.RmsEpsilon, _normed);
            block.Attention.Forward(Runtime, batch.Set(_normed), _qkv);

            Operations.Rotate(Runtime.Pool, _qkv, 0, _config.Heads + _config.KeyValueHeads, size, size, _rotary.Cosines, _rotary.Sines);
            Attend(slices, n, _qkv, scale, null, _attended);
            block.Output.Forward(Runtime, batch.Set(_attended), _result);
            Operations.Add(Runtime.Pool, x, _result);

            Runtime.RmsNorm(x, block.MlpNorm, _config.RmsEpsilon, _normed);
            block.Mlp.Forward(Runtime, batch.Set(_normed), _gate, _up, _result);
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
            names.Vector($"{p}post_attention_layernorm.weight", b.MlpNorm);
            names.Mlp($"{p}mlp.", b.Mlp);
        }
    }

    private protected override WeightMatrix Output => _output;

    private protected override FloatRows Norm(FloatRows x)
    {
        Runtime.RmsNorm(x, _norm, _config.RmsEpsilon, _normed.Resize(x.Rows));
        return _normed;
    }

    /// <summary>Row r of the half-split order is stored row map[r]: new[2i + s] = old[s * size/2 + i] inside each head.</summary>
    internal static int[] Interleaved(int heads, int size)
    {
        int[] map = new int[heads * size];
        for (int h = 0; h < heads; h++)
            for (int s = 0; s < 2; s++)
                for (int i = 0; i < size / 2; i++) map[h * size + s * size / 2 + i] = h * size + 2 * i + s;
        return map;
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
