using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>gpt-oss in training; see <see cref="GptOss"/>. Experts keep the interleaved rows of the Hugging Face layout: gate 2i, up 2i + 1.</summary>
sealed class GptOssGraph : TrainingModel
{
    readonly GptOssConfig _config;
    readonly AdaptedTable _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly OutputHead _output;

    sealed record Block(VectorWeight AttentionNorm, AdaptedLinear Query, AdaptedLinear Key, AdaptedLinear Value, AdaptedLinear Output, VectorWeight Sinks,
        VectorWeight MlpNorm, AdaptedLinear Router, AdaptedLinear[] GateUp, AdaptedLinear[] Down);

    public GptOssGraph(GptOssConfig config, ModelWeights weights) : base(weights)
    {
        _config = config;
        if (config.SwigluAlpha != 1.702f) throw new PoiseException($"This gpt-oss model has swiglu_alpha {config.SwigluAlpha}; Poise trains 1.702 only.");
        int hidden = config.HiddenSize, size = config.HeadSize, queries = config.Heads * size, keys = config.KeyValueHeads * size;
        _embedding = weights.Embedding("model.embed_tokens.weight", config.VocabularySize, hidden);
        _rotary = new RotaryTable(size, config.RopeBase, config.RopeScaling);
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.";
            _blocks[n] = new Block(
                weights.Vector($"{p}input_layernorm.weight", hidden),
                weights.Linear($"{a}q_proj", queries, hidden, bias: true), weights.Linear($"{a}k_proj", keys, hidden, bias: true),
                weights.Linear($"{a}v_proj", keys, hidden, bias: true), weights.Linear($"{a}o_proj", hidden, queries, bias: true),
                weights.Vector($"{a}sinks", config.Heads),
                weights.Vector($"{p}post_attention_layernorm.weight", hidden),
                weights.Linear($"{p}mlp.router", config.ExpertCount, hidden, bias: true),
                Experts($"{p}mlp.experts.gate_up_proj", 2 * config.IntermediateSize, hidden),
                Experts($"{p}mlp.experts.down_proj", hidden, config.IntermediateSize));
        }

        _norm = weights.Vector("model.norm.weight", hidden);
        _output = weights.Head("lm_head.weight", config.VocabularySize, hidden);

        AdaptedLinear[] Experts(string name, int outputs, int inputs)
        {
            int count = config.ExpertCount;
            LinearWeight[] matrices = weights.Experts(name, count, outputs, inputs);
            VectorWeight bias = weights.Table($"{name}_bias", count, outputs);
            LoraPair? lora = weights.Adapter(name, inputs, outputs, count);
            return [.. matrices.Select((matrix, e) => AdaptedLinear.OfExpert(matrix, VectorWeight.Row(bias, e), lora, e, count))];
        }
    }

    protected override OutputHead Output => _output;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_config.ContextLength, batch);
        var angles = new RotaryAngles(_rotary, batch.Positions);
        int size = _config.HeadSize;
        Node x = _embedding.Apply(tape, batch.Tokens, 1, Adapted);
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Node input = x;
            var shape = new AttentionShape(_config.Heads, _config.KeyValueHeads, size, size, 1f / MathF.Sqrt(size), _config.WindowOf(n));
            x = tape.Recompute(() =>
            {
                Node normed = RmsNorm.Apply(tape, input, block.AttentionNorm, _config.RmsEpsilon);
                Node q = Rotary.Apply(tape, block.Query.Apply(tape, normed, Adapted), size, angles);
                Node k = Rotary.Apply(tape, block.Key.Apply(tape, normed, Adapted), size, angles);
                Node attended = Attention.Apply(tape, q, k, block.Value.Apply(tape, normed, Adapted), shape, batch.Starts, block.Sinks);
                Node middle = Add.Apply(tape, input, block.Output.Apply(tape, attended, Adapted));

                normed = RmsNorm.Apply(tape, middle, block.MlpNorm, _config.RmsEpsilon);
                Routing routing = Router.Apply(tape, block.Router.Apply(tape, normed, Adapted), _config.ExpertsPerToken, Balance);
                Node mixed = Experts.Apply(tape, normed, routing, _config.ExpertCount, (e, rows, weights) =>
                {
                    Node inner = Gate.Interleaved(tape, GateKind.ClampedSwiGlu, block.GateUp[e].Apply(tape, rows, Adapted), _config.SwigluLimit);
                    return block.Down[e].Apply(tape, Experts.Weigh(tape, inner, weights), Adapted, weights, unread: true);
                });
                return Add.Apply(tape, middle, mixed);
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
