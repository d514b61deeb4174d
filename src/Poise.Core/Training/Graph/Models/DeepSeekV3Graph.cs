using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>DeepSeek-V3 (arXiv 2412.19437) in training: latent attention, sigmoid routing within groups, a shared expert in every layer with experts.</summary>
sealed class DeepSeekV3Graph : TrainingModel
{
    readonly DeepSeekConfig _config;
    readonly AttentionShape _shape;
    readonly AdaptedTable _embedding;
    readonly RotaryTable _table;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly OutputHead _output;

    /// <summary>QueryDown and QueryNorm are null where queries are projected at once; Dense is the shared expert where there are experts.</summary>
    sealed record Block(VectorWeight AttentionNorm, AdaptedLinear? QueryDown, VectorWeight? QueryNorm, AdaptedLinear Query, AdaptedLinear LatentDown, VectorWeight LatentNorm,
        AdaptedLinear LatentUp, AdaptedLinear Output, VectorWeight MlpNorm, AdaptedMlp Dense, AdaptedLinear? Gate, SigmoidRouter? Router, AdaptedMlp[] Experts);

    public DeepSeekV3Graph(DeepSeekConfig config, ModelWeights weights) : base(weights)
    {
        if (!config.Sigmoid) throw new PoiseException("Training needs the sigmoid routing of DeepSeek-V3; this model chooses its experts as V2 does.");
        _config = config;
        int layers = config.Layers, vocabulary = config.VocabularySize, hidden = config.HiddenSize, heads = config.Heads, size = config.HeadSize, latent = config.LatentRank, rank = config.QueryRank;
        bool bias = config.AttentionBias;
        _table = new RotaryTable(config.RotarySize, config.RopeBase, config.RopeScaling);
        _shape = new AttentionShape(heads, heads, size, config.ValueHeadSize, config.ScoreScale);
        _embedding = weights.Embedding("model.embed_tokens.weight", vocabulary, hidden);
        _blocks = new Block[layers];
        for (int n = 0; n < layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.", m = $"{p}mlp.";
            bool sparse = n >= config.DenseLayers;
            _blocks[n] = new Block(weights.Vector($"{p}input_layernorm.weight", hidden),
                rank > 0 ? weights.Linear($"{a}q_a_proj", rank, hidden, bias) : null, rank > 0 ? weights.Vector($"{a}q_a_layernorm.weight", rank) : null,
                rank > 0 ? weights.Linear($"{a}q_b_proj", heads * size, rank) : weights.Linear($"{a}q_proj", heads * size, hidden),
                weights.Linear($"{a}kv_a_proj_with_mqa", latent + config.RotarySize, hidden, bias), weights.Vector($"{a}kv_a_layernorm.weight", latent),
                weights.Linear($"{a}kv_b_proj", heads * (config.OwnSize + config.ValueHeadSize), latent), weights.Linear($"{a}o_proj", hidden, heads * config.ValueHeadSize, bias),
                weights.Vector($"{p}post_attention_layernorm.weight", hidden), sparse ? weights.Mlp($"{m}shared_experts.", config.SharedExperts * config.ExpertSize, hidden) : weights.Mlp(m, config.IntermediateSize, hidden),
                sparse ? weights.Linear($"{m}gate", config.ExpertCount, hidden) : null,
                sparse ? new SigmoidRouter(config.ExpertsPerToken, config.Groups, config.GroupsPerToken, config.Normalise, config.RoutedFactor,
                    weights.Constants($"{m}gate.e_score_correction_bias", config.ExpertCount)) : null,
                sparse ? [.. Enumerable.Range(0, config.ExpertCount).Select(e => weights.ExpertMlp($"{m}experts", e, config.ExpertCount, config.ExpertSize, hidden))] : []);
        }

        _norm = weights.Vector("model.norm.weight", hidden);
        _output = weights.Head(weights.Has("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight", vocabulary, hidden);
    }

    protected override OutputHead Output => _output;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_config.ContextLength, batch);
        var angles = new RotaryAngles(_table, batch.Positions);
        Node x = _embedding.Apply(tape, batch.Tokens, 1, Adapted);
        foreach (Block block in _blocks)
        {
            Node input = x;
            x = tape.Recompute(() =>
            {
                Node normed = RmsNorm.Apply(tape, input, block.AttentionNorm, _config.RmsEpsilon), query = normed;
                if (block.QueryDown is not null) query = RmsNorm.Apply(tape, block.QueryDown.Apply(tape, normed, Adapted), block.QueryNorm!, DeepSeekConfig.LatentEpsilon);
                Node q = LatentHeads.Rotate(tape, block.Query.Apply(tape, query, Adapted), _shape.KeySize, angles);
                Node down = block.LatentDown.Apply(tape, normed, Adapted);
                Node latent = RmsNorm.Apply(tape, Columns.Apply(tape, down, 0, _config.LatentRank), block.LatentNorm, DeepSeekConfig.LatentEpsilon);
                Node up = block.LatentUp.Apply(tape, latent, Adapted);
                Node k = LatentHeads.Keys(tape, up, LatentHeads.Rotate(tape, Columns.Apply(tape, down, _config.LatentRank, _config.RotarySize), _config.RotarySize, angles), _config.Heads, _config.OwnSize);
                Node attended = Attention.Apply(tape, q, k, LatentHeads.Values(tape, up, _config.Heads, _config.ValueHeadSize), _shape, batch.Starts);
                Node middle = Add.Apply(tape, input, block.Output.Apply(tape, attended, Adapted));

                normed = RmsNorm.Apply(tape, middle, block.MlpNorm, _config.RmsEpsilon);
                Node result = Add.Apply(tape, middle, block.Dense.Apply(tape, normed, Adapted));
                if (block.Router is null) return result;
                Routing routing = block.Router.Apply(tape, block.Gate!.Apply(tape, normed, Adapted));
                return Add.Apply(tape, result, Experts.Apply(tape, normed, routing, _config.ExpertCount, (e, rows, weights) => block.Experts[e].Apply(tape, rows, Adapted, weights)));
            });
        }

        return RmsNorm.Apply(tape, x, _norm, _config.RmsEpsilon);
    }

    protected override void Dispose(bool disposing)
    {
        _table.Dispose();
        base.Dispose(disposing);
    }
}
