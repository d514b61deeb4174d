using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Qwen 3 with experts (arXiv 2505.09388) in training: norms of every query and key head, experts or a dense part in each layer.</summary>
sealed class Qwen3MoeGraph : TrainingModel
{
    readonly int _context, _perToken, _experts;
    readonly float _epsilon;
    readonly AttentionShape _shape;
    readonly Func<Tape, int[], float, Node> _embedding;
    readonly RotaryTable _rotary;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly LinearWeight _output;

    sealed record Mlp(AdaptedLinear Gate, AdaptedLinear Up, AdaptedLinear Down);

    /// <summary>One of Dense and Router with Experts.</summary>
    sealed record Block(VectorWeight AttentionNorm, AdaptedLinear Query, AdaptedLinear Key, AdaptedLinear Value, AdaptedLinear Output,
        VectorWeight QueryNorm, VectorWeight KeyNorm, VectorWeight MlpNorm, Mlp? Dense, AdaptedLinear? Router, Mlp[] Experts);

    public Qwen3MoeGraph(JsonConfig config, ModelWeights weights) : base(weights)
    {
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers), vocabulary = config.GetInteger("vocab_size", 1, ConfigRules.MaximumSize);
        int hidden = config.GetInteger("hidden_size", 1, ConfigRules.MaximumSize), heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads);
        int keyValueHeads = config.GetInteger("num_key_value_heads", 1, ConfigRules.MaximumHeads), size = config.GetInteger("head_dim", 1, ConfigRules.MaximumSize);
        ConfigRules.CheckHeads(config.File, "num_attention_heads", "num_key_value_heads", heads, keyValueHeads, size, rotary: true);
        _context = config.GetInteger("max_position_embeddings", 1, ConfigRules.MaximumSize);
        _experts = config.GetInteger("num_experts", 1, ConfigRules.MaximumExperts);
        _perToken = config.GetInteger("num_experts_per_tok", 1, _experts);
        _epsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps") ?? 1e-6);
        if (config.FindBool("norm_topk_prob") != true) throw config.Error("norm_topk_prob", "expected true");
        if (config.FindBool("use_sliding_window") == true) throw config.Error("use_sliding_window", "expected false, found true");
        int inner = (int)(config.FindInteger("intermediate_size", 1, ConfigRules.MaximumSize) ?? 1), width = config.GetInteger("moe_intermediate_size", 1, ConfigRules.MaximumSize);
        int step = (int)(config.FindInteger("decoder_sparse_step", 1, ConfigRules.MaximumLayers) ?? 1);
        long[] dense = config.FindIntegers("mlp_only_layers") ?? [];
        bool bias = config.FindBool("attention_bias") ?? false;
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 1000000, _context);
        _rotary = new RotaryTable(size, rotaryBase, scaling);
        _shape = new AttentionShape(heads, keyValueHeads, size, size, 1f / MathF.Sqrt(size));
        _embedding = weights.Embedding("model.embed_tokens.weight", vocabulary, hidden);
        _blocks = new Block[layers];
        for (int n = 0; n < layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.", m = $"{p}mlp.";
            bool sparse = !dense.Contains(n) && (n + 1) % step == 0;
            _blocks[n] = new Block(weights.Vector($"{p}input_layernorm.weight", hidden),
                weights.Linear($"{a}q_proj", heads * size, hidden, bias), weights.Linear($"{a}k_proj", keyValueHeads * size, hidden, bias),
                weights.Linear($"{a}v_proj", keyValueHeads * size, hidden, bias), weights.Linear($"{a}o_proj", hidden, heads * size, bias),
                weights.Vector($"{a}q_norm.weight", size), weights.Vector($"{a}k_norm.weight", size),
                weights.Vector($"{p}post_attention_layernorm.weight", hidden),
                sparse ? null : Part(m, inner), sparse ? weights.Linear($"{m}gate", _experts, hidden) : null,
                sparse ? [.. Enumerable.Range(0, _experts).Select(e => Part($"{m}experts.{e}.", width))] : []);
        }

        _norm = weights.Vector("model.norm.weight", hidden);
        _output = weights.Matrix(weights.Has("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight", vocabulary, hidden);

        Mlp Part(string m, int rows) => new(weights.Linear($"{m}gate_proj", rows, hidden), weights.Linear($"{m}up_proj", rows, hidden), weights.Linear($"{m}down_proj", hidden, rows));
    }

    protected override LinearWeight Output => _output;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_context, batch);
        var angles = new RotaryAngles(_rotary, batch.Positions);
        Node x = _embedding(tape, batch.Tokens, 1);
        foreach (Block block in _blocks)
        {
            Node input = x;
            x = tape.Recompute(() =>
            {
                Node normed = RmsNorm.Apply(tape, input, block.AttentionNorm, _epsilon);
                Node q = RmsNorm.Apply(tape, block.Query.Apply(tape, normed, Adapted), block.QueryNorm, _epsilon);
                Node k = RmsNorm.Apply(tape, block.Key.Apply(tape, normed, Adapted), block.KeyNorm, _epsilon);
                q = Rotary.Apply(tape, q, _shape.KeySize, angles);
                k = Rotary.Apply(tape, k, _shape.KeySize, angles);
                Node attended = Attention.Apply(tape, q, k, block.Value.Apply(tape, normed, Adapted), _shape, batch.Starts);
                Node middle = Add.Apply(tape, input, block.Output.Apply(tape, attended, Adapted));

                normed = RmsNorm.Apply(tape, middle, block.MlpNorm, _epsilon);
                if (block.Router is null) return Add.Apply(tape, middle, Run(tape, normed, block.Dense!));
                // Softmax over all experts and division by the sum of the chosen is softmax over the chosen.
                Routing routing = Router.Apply(tape, block.Router.Apply(tape, normed, Adapted), _perToken);
                return Add.Apply(tape, middle, Experts.Apply(tape, normed, routing, _experts, (e, rows) => Run(tape, rows, block.Experts[e])));
            });
        }

        return RmsNorm.Apply(tape, x, _norm, _epsilon);
    }

    Node Run(Tape tape, Node x, Mlp mlp) => mlp.Down.Apply(tape, Gate.Apply(tape, GateKind.Silu, mlp.Gate.Apply(tape, x, Adapted), mlp.Up.Apply(tape, x, Adapted)), Adapted);

    protected override void Dispose(bool disposing)
    {
        _rotary.Dispose();
        base.Dispose(disposing);
    }
}
