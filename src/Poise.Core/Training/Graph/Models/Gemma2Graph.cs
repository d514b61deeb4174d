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
    readonly int _context, _hidden, _heads, _keyValueHeads, _size, _window;
    readonly float _epsilon, _scale, _scoreCap, _logitCap;
    readonly Func<Tape, int[], float, Node> _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly LinearWeight _output;

    sealed record Block(bool Windowed, VectorWeight BeforeAttention, AdaptedLinear Query, AdaptedLinear Key, AdaptedLinear Value, AdaptedLinear Output,
        VectorWeight AfterAttention, VectorWeight BeforeMlp, AdaptedLinear Gate, AdaptedLinear Up, AdaptedLinear Down, VectorWeight AfterMlp);

    public Gemma2Graph(JsonConfig config, ModelWeights weights) : base(weights)
    {
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers), vocabulary = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize);
        int inner = config.GetInteger("intermediate_size", 1, ConfigRules.MaximumSize);
        _hidden = config.GetInteger("hidden_size", 1, ConfigRules.MaximumSize);
        _context = config.GetInteger("max_position_embeddings", 1, ConfigRules.MaximumSize);
        _heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads);
        _keyValueHeads = config.GetInteger("num_key_value_heads", 1, ConfigRules.MaximumHeads);
        _size = config.GetInteger("head_dim", 1, ConfigRules.MaximumSize);
        ConfigRules.CheckHeads(config.File, "num_attention_heads", "num_key_value_heads", _heads, _keyValueHeads, _size, rotary: true);
        _window = config.GetInteger("sliding_window", 1, ConfigRules.MaximumSize);
        _epsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps") ?? 1e-6);
        _scale = (float)(1 / Math.Sqrt(config.GetInteger("query_pre_attn_scalar", 1, ConfigRules.MaximumSize)));
        _scoreCap = Cap("attn_logit_softcapping");
        _logitCap = Cap("final_logit_softcapping");
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 10000, _context);
        _rotary = new RotaryTable(_size, rotaryBase, scaling);
        _embedding = weights.Embedding("model.embed_tokens.weight", vocabulary, _hidden);
        string[]? types = config.FindStrings("layer_types");
        if (types is not null && types.Length != layers) throw config.Error("layer_types", $"expected {layers} entries, one a layer, found {types.Length}");
        int queries = _heads * _size, keys = _keyValueHeads * _size;
        _blocks = new Block[layers];
        for (int n = 0; n < layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.", m = $"{p}mlp.";
            _blocks[n] = new Block(types is null ? n % 2 == 0 : types[n] == "sliding_attention", Norm($"{p}input_layernorm"),
                weights.Linear($"{a}q_proj", queries, _hidden), weights.Linear($"{a}k_proj", keys, _hidden), weights.Linear($"{a}v_proj", keys, _hidden),
                weights.Linear($"{a}o_proj", _hidden, queries), Norm($"{p}post_attention_layernorm"), Norm($"{p}pre_feedforward_layernorm"),
                weights.Linear($"{m}gate_proj", inner, _hidden), weights.Linear($"{m}up_proj", inner, _hidden), weights.Linear($"{m}down_proj", _hidden, inner),
                Norm($"{p}post_feedforward_layernorm"));
        }

        _norm = Norm("model.norm");
        _output = weights.Matrix("model.embed_tokens.weight", vocabulary, _hidden);

        VectorWeight Norm(string name) => weights.Vector($"{name}.weight", _hidden);

        float Cap(string key) => (float)(config.FindNumber(key) ?? 0) is >= 0 and var cap ? cap : throw config.Error(key, "expected a number above 0");
    }

    protected override LinearWeight Output => _output;

    protected override float LogitCap => _logitCap;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_context, batch);
        var angles = new RotaryAngles(_rotary, batch.Positions);
        Node x = _embedding(tape, batch.Tokens, MathF.Sqrt(_hidden));
        foreach (Block block in _blocks)
        {
            Node input = x;
            var shape = new AttentionShape(_heads, _keyValueHeads, _size, _size, _scale, block.Windowed ? _window : 0, _scoreCap);
            x = tape.Recompute(() =>
            {
                Node normed = Norm(tape, input, block.BeforeAttention);
                Node q = Rotary.Apply(tape, block.Query.Apply(tape, normed, Adapted), _size, angles);
                Node k = Rotary.Apply(tape, block.Key.Apply(tape, normed, Adapted), _size, angles);
                Node attended = Attention.Apply(tape, q, k, block.Value.Apply(tape, normed, Adapted), shape, batch.Starts);
                Node middle = Add.Apply(tape, input, Norm(tape, block.Output.Apply(tape, attended, Adapted), block.AfterAttention));

                normed = Norm(tape, middle, block.BeforeMlp);
                Node inner = Gate.Apply(tape, GateKind.Gelu, block.Gate.Apply(tape, normed, Adapted), block.Up.Apply(tape, normed, Adapted));
                return Add.Apply(tape, middle, Norm(tape, block.Down.Apply(tape, inner, Adapted), block.AfterMlp));
            });
        }

        return Norm(tape, x, _norm);
    }

    Node Norm(Tape tape, Node x, VectorWeight weight) => RmsNorm.Apply(tape, x, weight, _epsilon, plusOne: true);

    protected override void Dispose(bool disposing)
    {
        _rotary.Dispose();
        base.Dispose(disposing);
    }
}
