using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>GPT-2: learned positions, layer norms before each part, biases everywhere, GELU in its tanh form, tied output.</summary>
public sealed class Gpt2 : DecoderModel
{
    readonly Gpt2Config _config;
    readonly Embedding _tokens, _positions;
    readonly float[] _positionRow;
    readonly Block[] _blocks;
    readonly (float[] Weight, float[] Bias) _norm;
    readonly WeightMatrix _output;
    readonly bool _tied;
    readonly FloatRows _normed, _qkv, _attended, _result, _inner;

    sealed record Block((float[] Weight, float[] Bias) AttentionNorm, Linear Qkv, Linear Output, (float[] Weight, float[] Bias) MlpNorm, Linear Up, Linear Down);

    Gpt2(Gpt2Config config, WeightReader weights, bool gguf, LoadOptions options, Runtime runtime) : base(config, options, runtime)
    {
        _config = config;
        int hidden = config.HiddenSize, inner = config.InnerSize;
        // openai-community's files have no prefix; files saved again by transformers have.
        string root = gguf || weights.Has("wte.weight") ? "" : "transformer.";
        _tokens = weights.Embedding(gguf ? "token_embd.weight" : $"{root}wte.weight", config.VocabularySize, hidden);
        _positions = weights.Embedding(gguf ? "position_embd.weight" : $"{root}wpe.weight", config.ContextLength, hidden);
        _positionRow = new float[hidden];
        _norm = Norm(gguf ? "output_norm" : $"{root}ln_f");
        string output = gguf ? "output.weight" : "lm_head.weight";
        _tied = !weights.Has(output);
        _output = weights.Load(_tied ? _tokens.Source : weights.Rows(output, config.VocabularySize, hidden));
        _blocks = new Block[config.Layers];
        for (int n = 0; n < config.Layers; n++)
        {
            string p = gguf ? $"blk.{n}." : $"{root}h.{n}.";
            _blocks[n] = gguf
                ? new Block(Norm($"{p}attn_norm"), weights.Linear($"{p}attn_qkv", 3 * hidden, hidden, bias: true), weights.Linear($"{p}attn_output", hidden, hidden, bias: true),
                    Norm($"{p}ffn_norm"), weights.Linear($"{p}ffn_up", inner, hidden, bias: true), weights.Linear($"{p}ffn_down", hidden, inner, bias: true))
                : new Block(Norm($"{p}ln_1"), Conv1D($"{p}attn.c_attn", 3 * hidden, hidden), Conv1D($"{p}attn.c_proj", hidden, hidden),
                    Norm($"{p}ln_2"), Conv1D($"{p}mlp.c_fc", inner, hidden), Conv1D($"{p}mlp.c_proj", hidden, inner));
        }

        _normed = new FloatRows(hidden);
        _qkv = new FloatRows(3 * hidden);
        _attended = new FloatRows(hidden);
        _result = new FloatRows(hidden);
        _inner = new FloatRows(inner);

        (float[], float[]) Norm(string name) => (weights.Vector($"{name}.weight", hidden), weights.Vector($"{name}.bias", hidden));

        // Stored [in, out]: y = x W + b.
        Linear Conv1D(string name, int rows, int columns)
        {
            StoredTensor tensor = weights.Checkpoint.Get($"{name}.weight");
            if (tensor.Shape is not [var stored, var width] || stored != columns || width != rows)
                throw new ModelFileException(tensor.File, tensor.Name, $"expected [{columns}, {rows}], found [{string.Join(", ", tensor.Shape)}]");
            return new Linear(weights.Load(MatrixSource.FromTransposed(tensor, rows, columns, rows)), weights.Vector($"{name}.bias", rows));
        }
    }

    public static Gpt2 Load(ModelConfig config, Checkpoint checkpoint, string layout, LoadOptions options) =>
        Load(checkpoint, options, (weights, runtime) => new Gpt2((Gpt2Config)config, weights, layout == ModelLayout.Gguf, options, runtime));

    public override ModelConfig Config => _config;

    private protected override void Embed(int token, int position, LoadedAdapter? adapter, Span<float> x)
    {
        _tokens.Lookup(token, adapter, x);
        _positions.Lookup(position, adapter, _positionRow);
        Operations.AddTo(x, _positionRow);
    }

    private protected override void Blocks(FloatRows x, ReadOnlySpan<int> positions, List<Slice> slices, HiddenStateObserver? hidden)
    {
        ActivationBatch batch = Runtime.Batch;
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result, _inner]) buffer.Resize(x.Rows);
        for (int n = 0; n < _blocks.Length; n++)
        {
            Block block = _blocks[n];
            float scale = 1f / MathF.Sqrt(_config.HeadSize);
            if (_config.ScaleAttentionByInverseLayerIndex) scale /= n + 1;
            Runtime.LayerNorm(x, block.AttentionNorm.Weight, block.AttentionNorm.Bias, _config.LayerNormEpsilon, _normed);
            block.Qkv.Forward(Runtime, batch.Set(_normed), _qkv);
            Attend(slices, n, _qkv, scale, null, _attended);
            block.Output.Forward(Runtime, batch.Set(_attended), _result);
            Operations.Add(Runtime.Pool, x, _result);

            Runtime.LayerNorm(x, block.MlpNorm.Weight, block.MlpNorm.Bias, _config.LayerNormEpsilon, _normed);
            block.Up.Forward(Runtime, batch.Set(_normed), _inner);
            Operations.GeluTanh(Runtime.Pool, _inner);
            block.Down.Forward(Runtime, batch.Set(_inner), _result);
            Operations.Add(Runtime.Pool, x, _result);
            hidden?.Invoke(n + 1, x.All);
        }
    }

    internal override void Describe(ModuleNames names)
    {
        names.Table("transformer.wte", _tokens);
        names.Table("transformer.wpe", _positions);
        Norm("transformer.ln_f", _norm);
        names.Head(_output, _tied);
        for (int n = 0; n < _blocks.Length; n++)
        {
            (Block b, string p) = (_blocks[n], $"transformer.h.{n}.");
            Norm($"{p}ln_1", b.AttentionNorm);
            names.Linear($"{p}attn.c_attn", b.Qkv, inputsFirst: true);
            names.Linear($"{p}attn.c_proj", b.Output, inputsFirst: true);
            Norm($"{p}ln_2", b.MlpNorm);
            names.Linear($"{p}mlp.c_fc", b.Up, inputsFirst: true);
            names.Linear($"{p}mlp.c_proj", b.Down, inputsFirst: true);
        }

        void Norm(string name, (float[] Weight, float[] Bias) norm)
        {
            names.Vector($"{name}.weight", norm.Weight);
            names.Vector($"{name}.bias", norm.Bias);
        }
    }

    private protected override WeightMatrix Output => _output;

    private protected override FloatRows Norm(FloatRows x)
    {
        Runtime.LayerNorm(x, _norm.Weight, _norm.Bias, _config.LayerNormEpsilon, _normed.Resize(x.Rows));
        return _normed;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Block b in _blocks)
            foreach (Linear linear in (Linear[])[b.Qkv, b.Output, b.Up, b.Down]) linear.Dispose();
        _output.Dispose();
        foreach (FloatRows buffer in (FloatRows[])[_normed, _qkv, _attended, _result, _inner]) buffer.Dispose();
        base.Dispose(disposing);
    }
}
