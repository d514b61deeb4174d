using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>DeepSeek-V3 (arXiv 2412.19437) in training: latent attention, sigmoid routing within groups, a shared expert in every layer with experts.</summary>
sealed class DeepSeekV3Graph : TrainingModel
{
    // The published code gives the norms inside latent attention their class default.
    const float LatentEpsilon = 1e-6f;

    readonly int _context, _heads, _own, _rotary, _valueSize, _latent, _experts;
    readonly float _epsilon;
    readonly AttentionShape _shape;
    readonly Func<Tape, int[], float, Node> _embedding;
    readonly RotaryTable _table;
    readonly Block[] _blocks;
    readonly VectorWeight _norm;
    readonly LinearWeight _output;

    sealed record Mlp(AdaptedLinear Gate, AdaptedLinear Up, AdaptedLinear Down);

    /// <summary>QueryDown and QueryNorm are null where queries are projected at once; Dense is the shared expert where there are experts.</summary>
    sealed record Block(VectorWeight AttentionNorm, AdaptedLinear? QueryDown, VectorWeight? QueryNorm, AdaptedLinear Query, AdaptedLinear LatentDown, VectorWeight LatentNorm,
        AdaptedLinear LatentUp, AdaptedLinear Output, VectorWeight MlpNorm, Mlp Dense, AdaptedLinear? Gate, SigmoidRouter? Router, Mlp[] Experts);

    public DeepSeekV3Graph(JsonConfig config, ModelWeights weights) : base(weights)
    {
        int Size(string key) => config.GetInteger(key, 1, ConfigRules.MaximumSize);
        int layers = config.GetInteger("num_hidden_layers", 1, ConfigRules.MaximumLayers), vocabulary = Size("vocab_size"), hidden = Size("hidden_size"), inner = Size("intermediate_size");
        (_context, _latent, _own, _rotary, _valueSize) = (Size("max_position_embeddings"), Size("kv_lora_rank"), Size("qk_nope_head_dim"), Size("qk_rope_head_dim"), Size("v_head_dim"));
        _heads = config.GetInteger("num_attention_heads", 1, ConfigRules.MaximumHeads);
        ConfigRules.CheckHeads(config.File, "num_attention_heads", "num_attention_heads", _heads, _heads, _rotary, rotary: true);
        _experts = config.GetInteger("n_routed_experts", 1, ConfigRules.MaximumExperts);
        int perToken = config.GetInteger("num_experts_per_tok", 1, _experts), groups = config.GetInteger("n_group", 1, _experts), open = config.GetInteger("topk_group", 1, groups);
        if (_experts % groups != 0 || perToken > _experts / groups * open) throw config.Error("n_group", $"{groups} groups do not divide {_experts} experts so that {perToken} can be chosen from {open} groups");
        if (config.FindString("scoring_func") is { } scoring and not "sigmoid") throw config.Error("scoring_func", $"expected sigmoid, found '{scoring}'");
        if (config.FindBool("rope_interleave") == false) throw config.Error("rope_interleave", "expected true, found false");
        HuggingFaceKeys.CheckQuantization(config);
        bool bias = config.FindBool("attention_bias") ?? false, normalise = config.FindBool("norm_topk_prob") ?? true;
        float factor = (float)(config.FindNumber("routed_scaling_factor") ?? 1);
        int width = Size("moe_intermediate_size"), shared = config.GetInteger("n_shared_experts", 1, 64) * width;
        int dense = (int)(config.FindInteger("first_k_dense_replace", 0, layers) ?? 0), queryLatent = (int)(config.FindInteger("q_lora_rank", 1, ConfigRules.MaximumSize) ?? 0);
        _epsilon = ConfigRules.Epsilon(config.File, "rms_norm_eps", config.FindNumber("rms_norm_eps") ?? 1e-6);
        (double rotaryBase, RopeScaling scaling) = HuggingFaceKeys.Rope(config, 10000, _context);
        _table = new RotaryTable(_rotary, rotaryBase, scaling);
        int size = _own + _rotary;
        double scale = 1 / Math.Sqrt(size), all = (config.FindObject("rope_parameters") ?? config.FindObject("rope_scaling"))?.FindNumber("mscale_all_dim") ?? 0;
        if (scaling.Kind == RopeScalingKind.Yarn && all != 0) scale *= RopeScaling.Magnitude(scaling.Factor, all) * RopeScaling.Magnitude(scaling.Factor, all);
        _shape = new AttentionShape(_heads, _heads, size, _valueSize, (float)scale);
        _embedding = weights.Embedding("model.embed_tokens.weight", vocabulary, hidden);
        _blocks = new Block[layers];
        for (int n = 0; n < layers; n++)
        {
            string p = $"model.layers.{n}.", a = $"{p}self_attn.", m = $"{p}mlp.";
            bool sparse = n >= dense;
            _blocks[n] = new Block(weights.Vector($"{p}input_layernorm.weight", hidden),
                queryLatent > 0 ? weights.Linear($"{a}q_a_proj", queryLatent, hidden, bias) : null, queryLatent > 0 ? weights.Vector($"{a}q_a_layernorm.weight", queryLatent) : null,
                queryLatent > 0 ? weights.Linear($"{a}q_b_proj", _heads * size, queryLatent) : weights.Linear($"{a}q_proj", _heads * size, hidden),
                weights.Linear($"{a}kv_a_proj_with_mqa", _latent + _rotary, hidden, bias), weights.Vector($"{a}kv_a_layernorm.weight", _latent),
                weights.Linear($"{a}kv_b_proj", _heads * (_own + _valueSize), _latent), weights.Linear($"{a}o_proj", hidden, _heads * _valueSize, bias),
                weights.Vector($"{p}post_attention_layernorm.weight", hidden), sparse ? Part($"{m}shared_experts.", shared) : Part(m, inner),
                sparse ? weights.Linear($"{m}gate", _experts, hidden) : null,
                sparse ? new SigmoidRouter(perToken, groups, open, normalise, factor, weights.Constants($"{m}gate.e_score_correction_bias", _experts)) : null,
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
        var angles = new RotaryAngles(_table, batch.Positions);
        Node x = _embedding(tape, batch.Tokens, 1);
        foreach (Block block in _blocks)
        {
            Node input = x;
            x = tape.Recompute(() =>
            {
                Node normed = RmsNorm.Apply(tape, input, block.AttentionNorm, _epsilon), query = normed;
                if (block.QueryDown is not null) query = RmsNorm.Apply(tape, block.QueryDown.Apply(tape, normed, Adapted), block.QueryNorm!, LatentEpsilon);
                Node q = LatentHeads.Rotate(tape, block.Query.Apply(tape, query, Adapted), _shape.KeySize, angles);
                Node down = block.LatentDown.Apply(tape, normed, Adapted);
                Node latent = RmsNorm.Apply(tape, Columns.Apply(tape, down, 0, _latent), block.LatentNorm, LatentEpsilon);
                Node up = block.LatentUp.Apply(tape, latent, Adapted);
                Node k = LatentHeads.Keys(tape, up, LatentHeads.Rotate(tape, Columns.Apply(tape, down, _latent, _rotary), _rotary, angles), _heads, _own);
                Node attended = Attention.Apply(tape, q, k, LatentHeads.Values(tape, up, _heads, _valueSize), _shape, batch.Starts);
                Node middle = Add.Apply(tape, input, block.Output.Apply(tape, attended, Adapted));

                normed = RmsNorm.Apply(tape, middle, block.MlpNorm, _epsilon);
                Node result = Add.Apply(tape, middle, Run(tape, normed, block.Dense));
                if (block.Router is null) return result;
                Routing routing = block.Router.Apply(tape, block.Gate!.Apply(tape, normed, Adapted));
                return Add.Apply(tape, result, Experts.Apply(tape, normed, routing, _experts, (e, rows) => Run(tape, rows, block.Experts[e])));
            });
        }

        return RmsNorm.Apply(tape, x, _norm, _epsilon);
    }

    Node Run(Tape tape, Node x, Mlp mlp) => mlp.Down.Apply(tape, Gate.Apply(tape, GateKind.Silu, mlp.Gate.Apply(tape, x, Adapted), mlp.Up.Apply(tape, x, Adapted)), Adapted);

    protected override void Dispose(bool disposing)
    {
        _table.Dispose();
        base.Dispose(disposing);
    }
}
