using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>
/// Gemma 2 (arXiv 2408.00118) in training: norms before and after each part, their weights counted from 1; soft caps on scores
/// and logits; a window on every second layer; tied tables, the embedding times sqrt(hidden).
/// </summary>
sealed class Gemma2Graph : TrainingModel
{
    readonly Gemma2Config _config;
    readonly AdaptedTable _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly OutputHead _output;

    sealed record Block(VectorWeight BeforeAttention, AdaptedLinear Query, AdaptedLinear Key, AdaptedLinear Value, AdaptedLinear Output,
        VectorWeight AfterAttention, VectorWeight BeforeMlp, AdaptedLinear Gate, AdaptedLinear Up, AdaptedLinear Down, VectorWeight AfterMlp);

    public Gemma2Graph(Gemma2Config config, ModelWeights weights) : base(weights)
    {
        _config = config;
        int layers = config.Layers, hidden = config.HiddenSize, inner = config.IntermediateSize, queries = config.Heads * config.HeadSize, keys = config.KeyValueHeads * config.HeadSize;
        _rotary = new RotaryTable(config.HeadSize, config.RopeBase, config.RopeScaling);
        _embedding = weights.Embedding("model.embed_tokens.weight", config.VocabularySize, hidden);
        _blocks = new Block[layers];
        for (int n = 0; n < layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.", m = $"{p}mlp.";
            _blocks[n] = new Block(Norm($"{p}input_layernorm"),
                weights.Linear($"{a}q_proj", queries, hidden), weights.Linear($"{a}k_proj", keys, hidden), weights.Linear($"{a}v_proj", keys, hidden),
                weights.Linear($"{a}o_proj", hidden, queries), Norm($"{p}post_attention_layernorm"), Norm($"{p}pre_feedforward_layernorm"),
                weights.Linear($"{m}gate_proj", inner, hidden), weights.Linear($"{m}up_proj", inner, hidden), weights.Linear($"{m}down_proj", hidden, inner),
                Norm($"{p}post_feedforward_layernorm"));
        }

        _norm = Norm("model.norm");
        _output = weights.Head(config.Tied ? "model.embed_tokens.weight" : "lm_head.weight", config.VocabularySize, hidden);

        VectorWeight Norm(string name) => weights.Vector($"{name}.weight", hidden);
    }

    protected override OutputHead Output => _output;

    protected override float LogitCap => _config.LogitCap;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_config.ContextLength, batch);
        var angles = new RotaryAngles(_rotary, batch.Positions);
        Node x = _embedding.Apply(tape, batch.Tokens, MathF.Sqrt(_config.HiddenSize), Adapted);
        float scale = (float)(1 / Math.Sqrt(_config.QueryScalar));
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Node input = x;
            var shape = new AttentionShape(_config.Heads, _config.KeyValueHeads, _config.HeadSize, _config.HeadSize, scale, _config.WindowOf(n), _config.ScoreCap);
            x = tape.Recompute(() =>
            {
                Node normed = Norm(tape, input, block.BeforeAttention);
                Node q = Rotary.Apply(tape, block.Query.Apply(tape, normed, Adapted), _config.HeadSize, angles);
                Node k = Rotary.Apply(tape, block.Key.Apply(tape, normed, Adapted), _config.HeadSize, angles);
                Node attended = Attention.Apply(tape, q, k, block.Value.Apply(tape, normed, Adapted), shape, batch.Starts);
                Node middle = Add.Apply(tape, input, Norm(tape, block.Output.Apply(tape, attended, Adapted), block.AfterAttention));

                normed = Norm(tape, middle, block.BeforeMlp);
                Node inner = Gate.Apply(tape, GateKind.Gelu, block.Gate.Apply(tape, normed, Adapted), block.Up.Apply(tape, normed, Adapted));
                return Add.Apply(tape, middle, Norm(tape, block.Down.Apply(tape, inner, Adapted), block.AfterMlp));
            });
        }

        return Norm(tape, x, _norm);
    }

    Node Norm(Tape tape, Node x, VectorWeight weight) => RmsNorm.Apply(tape, x, weight, _config.RmsEpsilon, plusOne: true);

    protected override void Dispose(bool disposing)
    {
        _rotary.Dispose();
        base.Dispose(disposing);
    }
}
