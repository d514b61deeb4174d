using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>
/// DeepSeek-V2, V3 and R1 (arXiv 2405.04434, 2412.19437): keys and values of all heads come from one small latent, experts are
/// chosen within groups, a shared expert runs beside them. The cache holds keys and values of every head, not the latent.
/// </summary>
public sealed class DeepSeek : DecoderModel
{
    readonly DeepSeekConfig _config;
    readonly Embedding _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly float[] _norm;
    readonly WeightMatrix _output;
    readonly bool _tied;
    readonly Mixture _mixture;
    readonly FloatRows _normed, _queryLatent, _queryNormed, _down, _latent, _latentNormed, _up, _qkv, _attended, _result, _routed, _gates, _ups, _sharedGates, _sharedUps;

    /// <summary>QueryDown and QueryNorm are null where queries are projected at once; Dense is the shared expert where there is a mixture.</summary>
    sealed record Block(float[] AttentionNorm, Linear? QueryDown, float[]? QueryNorm, Linear Query, Linear LatentDown, float[] LatentNorm, Linear LatentUp, Linear Output,
        float[] MlpNorm, GatedMlp Dense, ExpertLayer? Mixture);

    DeepSeek(DeepSeekConfig config, WeightReader weights, bool gguf, LoadOptions options, Runtime runtime) : base(config, options, runtime)
    {
        _config = config;
        int hidden = config.HiddenSize, heads = config.Heads, size = config.HeadSize, valueSize = config.ValueHeadSize, rank = config.QueryRank, latent = config.LatentRank;
        int shared = config.SharedExperts * config.ExpertSize, both = heads * (config.OwnSize + valueSize);
        _embedding = weights.Embedding(gguf ? "token_embd.weight" : "model.embed_tokens.weight", config.VocabularySize, hidden);
        _norm = weights.Vector(gguf ? "output_norm.weight" : "model.norm.weight", hidden);
        string output = gguf ? "output.weight" : "lm_head.weight";
        _tied = !weights.Has(output);
        _output = weights.Load(_tied ? _embedding.Source : weights.Rows(output, config.VocabularySize, hidden));
        float[]? divisors = config.RopeScaling.Kind == RopeScalingKind.Divisors ? weights.Vector("rope_freqs.weight", config.RotarySize / 2) : null;
        _rotary = new RotaryTable(config.RotarySize, config.RopeBase, config.RopeScaling, divisors, options.RoundYarnCorners);
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = gguf ? $"blk.{n}." : $"model.layers.{n}.", a = gguf ? p + "attn_" : p + "self_attn.", m = gguf ? p + "ffn_" : p + "mlp.", proj = gguf ? "" : "_proj", norms = gguf ? "norm" : "layernorm";
            bool bias = config.AttentionBias, dense = n < config.DenseLayers;
            float[] norm = weights.Vector(gguf ? $"{p}ffn_norm.weight" : $"{p}post_attention_layernorm.weight", hidden);
            _blocks[n] = new Block(
                weights.Vector(gguf ? $"{p}attn_norm.weight" : $"{p}input_layernorm.weight", hidden),
                rank > 0 ? weights.Linear($"{a}q_a{proj}", rank, hidden, bias: bias) : null, rank > 0 ? weights.Vector($"{a}q_a_{norms}.weight", rank) : null,
                rank > 0 ? weights.Linear($"{a}q_b{proj}", heads * size, rank) : weights.Linear($"{a}q{proj}", heads * size, hidden),
                weights.Linear(gguf ? $"{a}kv_a_mqa" : $"{a}kv_a_proj_with_mqa", latent + config.RotarySize, hidden, bias: bias),
                weights.Vector($"{a}kv_a_{norms}.weight", latent),
                gguf && !weights.Has($"{a}kv_b.weight")
                    ? new Linear(weights.Load(MatrixSource.FromHeads(weights.Checkpoint.Get($"{a}k_b.weight"), weights.Checkpoint.Get($"{a}v_b.weight"), heads, config.OwnSize, valueSize, latent)), null)
                    : weights.Linear($"{a}kv_b{proj}", both, latent),
                weights.Linear(gguf ? $"{a}output" : $"{a}o_proj", hidden, heads * valueSize, bias: bias), norm,
                dense ? Mlp($"{m}gate{proj}", $"{m}up{proj}", $"{m}down{proj}", config.IntermediateSize)
                    : gguf ? Mlp($"{m}gate_shexp", $"{m}up_shexp", $"{m}down_shexp", shared)
                    : Mlp($"{m}shared_experts.gate_proj", $"{m}shared_experts.up_proj", $"{m}shared_experts.down_proj", shared),
                dense ? null : new ExpertLayer(norm, weights.Linear(gguf ? $"{m}gate_inp" : $"{m}gate", config.ExpertCount, hidden),
                    new GroupedRouter(config.Groups, config.GroupsPerToken,
                        config.Sigmoid ? weights.Vector(gguf ? $"{p}exp_probs_b.bias" : $"{m}gate.e_score_correction_bias", config.ExpertCount) : null, config.Normalise, config.RoutedFactor).Choose,
                    MixtureWeights.Read(weights, n, p, gguf, config.ExpertCount, hidden, config.ExpertSize)));
        }

        _mixture = new Mixture(runtime, hidden, config.ExpertSize, config.ExpertCount, config.ExpertsPerToken);
        (_normed, _result, _routed, _attended) = (new FloatRows(hidden), new FloatRows(hidden), new FloatRows(hidden), new FloatRows(heads * valueSize));
        (_queryLatent, _queryNormed) = (new FloatRows(Math.Max(1, rank)), new FloatRows(Math.Max(1, rank)));
        (_down, _latent, _latentNormed, _up) = (new FloatRows(latent + config.RotarySize), new FloatRows(latent), new FloatRows(latent), new FloatRows(both));
        _qkv = new FloatRows(heads * (2 * size + valueSize));
        (_gates, _ups, _sharedGates, _sharedUps) = (new FloatRows(config.IntermediateSize), new FloatRows(config.IntermediateSize), new FloatRows(shared), new FloatRows(shared));

        GatedMlp Mlp(string gate, string up, string down, int width) => new(weights.Linear(gate, width, hidden), weights.Linear(up, width, hidden), weights.Linear(down, hidden, width));
    }

    public static DeepSeek Load(ModelConfig config, Checkpoint checkpoint, string layout, LoadOptions options) =>
        Load(checkpoint, options, (weights, runtime) => new DeepSeek((DeepSeekConfig)config, weights, layout == ModelLayout.Gguf, options, runtime));

    public override ModelConfig Config => _config;

    private protected override void Embed(int token, int position, LoadedAdapter? adapter, Span<float> x) => _embedding.Lookup(token, adapter, x);

    private protected override void Blocks(FloatRows x, ReadOnlySpan<int> positions, List<Slice> slices, HiddenStateObserver? hidden)
    {
        float epsilon = _config.RmsEpsilon;
        ActivationBatch batch = Runtime.Batch;
        _rotary.Fill(positions);
        foreach (FloatRows buffer in (FloatRows[])[_normed, _queryLatent, _queryNormed, _down, _latent, _latentNormed, _up, _qkv, _attended, _result, _routed]) buffer.Resize(x.Rows);
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Runtime.RmsNorm(x, block.AttentionNorm, epsilon, _normed);
            Project(block);
            Attend(slices, n, _qkv, _config.ScoreScale, null, _attended);
            block.Output.Forward(Runtime, batch.Set(_attended), _result);
            Operations.Add(Runtime.Pool, x, _result);

            Runtime.RmsNorm(x, block.MlpNorm, epsilon, _normed);
            block.Dense.Forward(Runtime, batch.Set(_normed), block.Mixture is null ? _gates : _sharedGates, block.Mixture is null ? _ups : _sharedUps, _result);
            if (block.Mixture is { } mixture) _mixture.Run(x, _normed, epsilon, n, mixture, n + 1 < _blocks.Length ? _blocks[n + 1].Mixture : null, _routed);
            Operations.Add(Runtime.Pool, x, _result);
            if (block.Mixture is not null) Operations.Add(Runtime.Pool, x, _routed);
            hidden?.Invoke(n + 1, x.All);
        }
    }

    // normed to queries, keys and values of all heads, rotated.
    void Project(Block block)
    {
        ActivationBatch batch = Runtime.Batch.Set(_normed);
        Linear first = block.QueryDown ?? block.Query;
        FloatRows target = block.QueryDown is null ? _qkv : _queryLatent;
        Runtime.Product.Run(batch, [new MatrixJob(first.Weight, 0, batch.Tiles, target), new MatrixJob(block.LatentDown.Weight, 0, batch.Tiles, _down)]);
        Runtime.Adapted.Apply(batch, (first, target, 0), (block.LatentDown, _down, 0));
        if (block.LatentDown.Bias is not null) Operations.AddBias(Runtime.Pool, _down, block.LatentDown.Bias);
        if (block.QueryDown is not null)
        {
            if (block.QueryDown.Bias is not null) Operations.AddBias(Runtime.Pool, _queryLatent, block.QueryDown.Bias);
            Runtime.RmsNorm(_queryLatent, block.QueryNorm!, DeepSeekConfig.LatentEpsilon, _queryNormed);
            Runtime.Product.Run(batch.Set(_queryNormed), [new MatrixJob(block.Query.Weight, 0, batch.Tiles, _qkv)]);
            Runtime.Adapted.Apply(batch, (block.Query, _qkv, 0));
        }

        int rows = _normed.Rows, heads = _config.Heads, size = _config.HeadSize, own = _config.OwnSize, valueSize = _config.ValueHeadSize, latent = _config.LatentRank, rotary = _config.RotarySize;
        for (int t = 0; t < rows; t++) _down.Row(t)[..latent].CopyTo(_latent.Row(t));
        Runtime.RmsNorm(_latent, block.LatentNorm, DeepSeekConfig.LatentEpsilon, _latentNormed);
        block.LatentUp.Forward(Runtime, batch.Set(_latentNormed), _up);
        HeadOperations.RotatePairs(Runtime.Pool, _qkv, own, heads, size, _rotary.Cosines, _rotary.Sines);
        HeadOperations.RotatePairs(Runtime.Pool, _down, latent, 1, rotary, _rotary.Cosines, _rotary.Sines);
        Runtime.Pool.For(rows, 4, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                // Of each head: what its key has of its own, and its value.
                Span<float> up = _up.Row(t), shared = _down.Row(t)[latent..], keys = _qkv.Row(t)[(heads * size)..], values = keys[(heads * size)..];
                for (int h = 0; h < heads; h++)
                {
                    Span<float> head = up.Slice(h * (own + valueSize), own + valueSize);
                    head[..own].CopyTo(keys[(h * size)..]);
                    shared.CopyTo(keys[(h * size + own)..]);
                    head[own..].CopyTo(values[(h * valueSize)..]);
                }
            }
        });
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
            if (b.QueryDown is null) names.Linear($"{p}self_attn.q_proj", b.Query);
            else
            {
                names.Linear($"{p}self_attn.q_a_proj", b.QueryDown);
                names.Vector($"{p}self_attn.q_a_layernorm.weight", b.QueryNorm!);
                names.Linear($"{p}self_attn.q_b_proj", b.Query);
            }

            names.Linear($"{p}self_attn.kv_a_proj_with_mqa", b.LatentDown);
            names.Vector($"{p}self_attn.kv_a_layernorm.weight", b.LatentNorm);
            names.Linear($"{p}self_attn.kv_b_proj", b.LatentUp);
            names.Linear($"{p}self_attn.o_proj", b.Output);
            names.Vector($"{p}post_attention_layernorm.weight", b.MlpNorm);
            names.Mlp(b.Mixture is null ? $"{p}mlp." : $"{p}mlp.shared_experts.", b.Dense);
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
            foreach (Linear? linear in (Linear?[])[b.QueryDown, b.Query, b.LatentDown, b.LatentUp, b.Output]) linear?.Dispose();
            b.Dense.Dispose();
            b.Mixture?.Dispose();
        }

        _output.Dispose();
        _rotary.Dispose();
        _mixture.Dispose();
        foreach (FloatRows buffer in (FloatRows[])[_normed, _queryLatent, _queryNormed, _down, _latent, _latentNormed, _up, _qkv, _attended, _result, _routed, _gates, _ups, _sharedGates, _sharedUps]) buffer.Dispose();
        base.Dispose(disposing);
    }
}
