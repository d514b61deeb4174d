using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>GPT-2 in training; see <see cref="Gpt2"/>. The gradient of the tied table is the sum of both its uses.</summary>
sealed class Gpt2Graph : TrainingModel
{
    readonly Gpt2Config _config;
    readonly Func<Tape, int[], float, Node> _tokens, _positions;
    readonly Block[] _blocks;
    readonly (VectorWeight Weight, VectorWeight Bias) _norm;
    readonly LinearWeight _output;

    sealed record Block((VectorWeight Weight, VectorWeight Bias) AttentionNorm, AdaptedLinear Qkv, AdaptedLinear Output,
        (VectorWeight Weight, VectorWeight Bias) MlpNorm, AdaptedLinear Up, AdaptedLinear Down);

    public Gpt2Graph(Gpt2Config config, ModelWeights weights) : base(weights)
    {
        _config = config;
        int hidden = config.HiddenSize, inner = config.InnerSize;
        // Adapters name their modules with the prefix, whether the file has it or not.
        const string Prefix = "transformer.";
        string root = weights.Has("wte.weight") ? "" : Prefix;
        _tokens = weights.Embedding($"{root}wte.weight", config.VocabularySize, hidden);
        _positions = weights.Embedding($"{root}wpe.weight", config.ContextLength, hidden);
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = $"h.{n}.";
            _blocks[n] = new Block(Norm($"{p}ln_1"), Conv1D($"{p}attn.c_attn", 3 * hidden, hidden), Conv1D($"{p}attn.c_proj", hidden, hidden),
                Norm($"{p}ln_2"), Conv1D($"{p}mlp.c_fc", inner, hidden), Conv1D($"{p}mlp.c_proj", hidden, inner));
        }

        _norm = Norm("ln_f");
        _output = weights.Matrix(weights.Has("lm_head.weight") ? "lm_head.weight" : $"{root}wte.weight", config.VocabularySize, hidden);

        (VectorWeight, VectorWeight) Norm(string name) => (weights.Vector($"{root}{name}.weight", hidden), weights.Vector($"{root}{name}.bias", hidden));

        AdaptedLinear Conv1D(string name, int outputs, int inputs) => weights.Conv1D(root + name, Prefix + name, outputs, inputs);
    }

    protected override LinearWeight Output => _output;

    protected override Node States(Tape tape, TrainingBatch batch)
    {
        CheckLength(_config.ContextLength, batch);
        int hidden = _config.HiddenSize, size = _config.HeadSize;
        Node x = Add.Apply(tape, _tokens(tape, batch.Tokens, 1), _positions(tape, batch.Positions, 1));
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            Node input = x;
            float scale = 1f / MathF.Sqrt(size);
            if (_config.ScaleAttentionByInverseLayerIndex) scale /= n + 1;
            var shape = new AttentionShape(_config.Heads, _config.Heads, size, size, scale);
            x = tape.Recompute(() =>
            {
                Node normed = LayerNorm.Apply(tape, input, block.AttentionNorm.Weight, block.AttentionNorm.Bias, _config.LayerNormEpsilon);
                Node qkv = block.Qkv.Apply(tape, normed, Adapted);
                Node attended = Attention.Apply(tape, Columns.Apply(tape, qkv, 0, hidden), Columns.Apply(tape, qkv, hidden, hidden),
                    Columns.Apply(tape, qkv, 2 * hidden, hidden), shape, batch.Starts);
                Node middle = Add.Apply(tape, input, block.Output.Apply(tape, attended, Adapted));

                normed = LayerNorm.Apply(tape, middle, block.MlpNorm.Weight, block.MlpNorm.Bias, _config.LayerNormEpsilon);
                Node inner = Gate.Gelu(tape, block.Up.Apply(tape, normed, Adapted));
                return Add.Apply(tape, middle, block.Down.Apply(tape, inner, Adapted));
            });
        }

        return LayerNorm.Apply(tape, x, _norm.Weight, _norm.Bias, _config.LayerNormEpsilon);
    }
}
