using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Llama 2, 3 and 3.x in training; see <see cref="Llama"/>.</summary>
sealed class LlamaGraph : TrainingModel
{
    readonly LlamaConfig _config;
    readonly Func<Tape, int[], float, Node> _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly LinearWeight _output;

    sealed record Block(VectorWeight AttentionNorm, AdaptedLinear Query, AdaptedLinear Key, AdaptedLinear Value, AdaptedLinear Output,
        VectorWeight MlpNorm, AdaptedLinear Gate, AdaptedLinear Up, AdaptedLinear Down);

    public LlamaGraph(LlamaConfig config, ModelWeights weights) : base(weights)
    {
        _config = config;
        int hidden = config.HiddenSize, size = config.HeadSize, queries = config.Heads * size, keys = config.KeyValueHeads * size, inner = config.IntermediateSize;
        bool bias = config.AttentionBias, mlpBias = config.MlpBias;
        _embedding = weights.Embedding("model.embed_tokens.weight", config.VocabularySize, hidden);
        _rotary = new RotaryTable(size, config.RopeBase, config.RopeScaling);
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.", m = $"{p}mlp.";
            _blocks[n] = new Block(
                weights.Vector($"{p}input_layernorm.weight", hidden),
                weights.Linear($"{a}q_proj", queries, hidden, bias), weights.Linear($"{a}k_proj", keys, hidden, bias),
                weights.Linear($"{a}v_proj", keys, hidden, bias), weights.Linear($"{a}o_proj", hidden, queries, bias),
                weights.Vector($"{p}post_attention_layernorm.weight", hidden),
                weights.Linear($"{m}gate_proj", inner, hidden, mlpBias), weights.Linear($"{m}up_proj", inner, hidden, mlpBias), weights.Linear($"{m}down_proj", hidden, inner, mlpBias));
        }

        _norm = weights.Vector("model.norm.weight", hidden);
        _output = weights.Matrix(config.Tied ? "model.embed_tokens.weight" : "lm_head.weight", config.VocabularySize, hidden);
    }

    protected override LinearWeight Output => _output;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_config.ContextLength, batch);
        var angles = new RotaryAngles(_rotary, batch.Positions);
        int size = _config.HeadSize;
        var shape = new AttentionShape(_config.Heads, _config.KeyValueHeads, size, size, 1f / MathF.Sqrt(size));
        Node x = _embedding(tape, batch.Tokens, 1);
        foreach (Block block in _blocks)
        {
            Node input = x;
            x = tape.Recompute(() =>
            {
                Node normed = RmsNorm.Apply(tape, input, block.AttentionNorm, _config.RmsEpsilon);
                Node q = Rotary.Apply(tape, block.Query.Apply(tape, normed, Adapted), size, angles);
                Node k = Rotary.Apply(tape, block.Key.Apply(tape, normed, Adapted), size, angles);
                Node attended = Attention.Apply(tape, q, k, block.Value.Apply(tape, normed, Adapted), shape, batch.Starts);
                Node middle = Add.Apply(tape, input, block.Output.Apply(tape, attended, Adapted));

                normed = RmsNorm.Apply(tape, middle, block.MlpNorm, _config.RmsEpsilon);
                Node inner = Gate.Apply(tape, GateKind.Silu, block.Gate.Apply(tape, normed, Adapted), block.Up.Apply(tape, normed, Adapted));
                return Add.Apply(tape, middle, block.Down.Apply(tape, inner, Adapted));
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
