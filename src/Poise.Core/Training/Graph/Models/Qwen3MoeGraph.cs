using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Qwen 3 with experts (arXiv 2505.09388) in training: norms of every query and key head, experts or a dense part in each layer.</summary>
sealed class Qwen3MoeGraph : TrainingModel
{
    readonly Qwen3MoeConfig _config;
    readonly AttentionShape _shape;
    readonly AdaptedTable _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly OutputHead _output;

    /// <summary>One of Dense and Router with Experts.</summary>
    sealed record Block(VectorWeight AttentionNorm, AdaptedLinear Query, AdaptedLinear Key, AdaptedLinear Value, AdaptedLinear Output,
        VectorWeight QueryNorm, VectorWeight KeyNorm, VectorWeight MlpNorm, AdaptedMlp? Dense, AdaptedLinear? Router, AdaptedMlp[] Experts);

    public Qwen3MoeGraph(Qwen3MoeConfig config, ModelWeights weights) : base(weights)
    {
        _config = config;
        if (!config.Normalise) throw new PoiseException("Training a Qwen 3 mixture needs norm_topk_prob true in its config.json.");
        int layers = config.Layers, vocabulary = config.VocabularySize, hidden = config.HiddenSize, heads = config.Heads, keyValueHeads = config.KeyValueHeads, size = config.HeadSize;
        bool bias = config.AttentionBias;
        _rotary = new RotaryTable(size, config.RopeBase, config.RopeScaling);
        _shape = new AttentionShape(heads, keyValueHeads, size, size, 1f / MathF.Sqrt(size));
        _embedding = weights.Embedding("model.embed_tokens.weight", vocabulary, hidden);
        _blocks = new Block[layers];
        for (int n = 0; n < layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.", m = $"{p}mlp.";
            bool sparse = !config.DenseLayers.Contains(n);
            _blocks[n] = new Block(weights.Vector($"{p}input_layernorm.weight", hidden),
                weights.Linear($"{a}q_proj", heads * size, hidden, bias), weights.Linear($"{a}k_proj", keyValueHeads * size, hidden, bias),
                weights.Linear($"{a}v_proj", keyValueHeads * size, hidden, bias), weights.Linear($"{a}o_proj", hidden, heads * size, bias),
                weights.Vector($"{a}q_norm.weight", size), weights.Vector($"{a}k_norm.weight", size),
                weights.Vector($"{p}post_attention_layernorm.weight", hidden),
                sparse ? null : weights.Mlp(m, config.IntermediateSize, hidden), sparse ? weights.Linear($"{m}gate", config.ExpertCount, hidden) : null,
                sparse ? [.. Enumerable.Range(0, config.ExpertCount).Select(e => weights.ExpertMlp($"{m}experts", e, config.ExpertCount, config.ExpertSize, hidden))] : []);
        }

        _norm = weights.Vector("model.norm.weight", hidden);
        _output = weights.Head(config.Tied ? "model.embed_tokens.weight" : "lm_head.weight", vocabulary, hidden);
    }

    protected override OutputHead Output => _output;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_config.ContextLength, batch);
        var angles = new RotaryAngles(_rotary, batch.Positions);
        Node x = _embedding.Apply(tape, batch.Tokens, 1, Adapted);
        foreach (Block block in _blocks)
        {
            Node input = x;
            x = tape.Recompute(() =>
            {
                Node normed = RmsNorm.Apply(tape, input, block.AttentionNorm, _config.RmsEpsilon);
                Node q = RmsNorm.Apply(tape, block.Query.Apply(tape, normed, Adapted), block.QueryNorm, _config.RmsEpsilon);
                Node k = RmsNorm.Apply(tape, block.Key.Apply(tape, normed, Adapted), block.KeyNorm, _config.RmsEpsilon);
                q = Rotary.Apply(tape, q, _shape.KeySize, angles);
                k = Rotary.Apply(tape, k, _shape.KeySize, angles);
                Node attended = Attention.Apply(tape, q, k, block.Value.Apply(tape, normed, Adapted), _shape, batch.Starts);
                Node middle = Add.Apply(tape, input, block.Output.Apply(tape, attended, Adapted));

                normed = RmsNorm.Apply(tape, middle, block.MlpNorm, _config.RmsEpsilon);
                if (block.Router is null) return Add.Apply(tape, middle, block.Dense!.Apply(tape, normed, Adapted));
                // Softmax over all experts and division by the sum of the chosen is softmax over the chosen.
                Routing routing = Router.Apply(tape, block.Router.Apply(tape, normed, Adapted), _config.ExpertsPerToken);
                return Add.Apply(tape, middle, Experts.Apply(tape, normed, routing, _config.ExpertCount, (e, rows, weights) => block.Experts[e].Apply(tape, rows, Adapted, weights)));
            });
        }

        return RmsNorm.Apply(tape, x, _norm, _config.RmsEpsilon);
    }

    protected override void Dispose(bool disposing)
    {
        _rotary.Dispose();
        base.Dispose(disposing);
    }
}
