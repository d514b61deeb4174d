using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training;
using Poise.Core.Training.Adapting;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Runs;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Quantization;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>
/// A base trains its adapter to the same bits in whatever layout its numbers lie: Hugging Face folder, GGUF twin, OpenAI's own
/// folder, quantised or decoded; and the adapter that comes out attaches to all of them.
/// </summary>
public sealed class BaseLayoutTests(ITestOutputHelper output) : IDisposable
{
    static readonly int[] s_tokens = [5, 9, 17, 33, 2, 60, 11, 7, 42, 3, 21, 8];

    readonly TemporaryFolder _temporary = new();

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-oss-mxfp4")]
    [InlineData("llama3.1", true)]
    public void ATwinTrainsAsItsFolder(string name, bool divided = false) => Compare(Shared.Golden("models", name), Shared.Golden("gguf", "twins", name, "model.gguf"), divided);

    /// <summary>Among them q, k and v in one tensor, and experts that are no MXFP4.</summary>
    [Theory]
    [InlineData("llama2")]
    [InlineData("llama3.2", true)]
    [InlineData("gpt-oss-dense")]
    public void TwinsBesideTheProject(string name, bool divided = false) => Compare(Shared.Golden("models", name), Shared.Get("golden", "gguf", "twins", name, "model.gguf"), divided);

    /// <summary>Norms with 1 added; experts in one tensor; keys and values of heads in one tensor or in two, the keys turned.</summary>
    [Theory]
    [InlineData("gemma2-plain")]
    [InlineData("qwen3-moe")]
    [InlineData("deepseek-v3")]
    [InlineData("deepseek-v3-old", "deepseek-v3")]
    public void TwinsOfTheOtherFamilies(string name, string? folder = null) => Compare(Shared.Get("golden", "models", folder ?? name), Shared.Get("golden", "gguf", "twins", name, "model.gguf"));

    [Fact]
    public void TheOriginalFolderTrainsAsHuggingFaces() => Compare(Shared.Golden("models", "gpt-oss-mxfp4"), Shared.Golden("models", "gpt-oss-original"));

    [Fact]
    public void DoraBeginsAtTheSameNorms() => Compare(Shared.Golden("models", "gpt2"), Shared.Golden("gguf", "twins", "gpt2", "model.gguf"), dora: true);

    [Theory]
    [InlineData("gpt-oss-mxfp4", TensorType.Q8_0)]
    [InlineData("llama3.1", TensorType.Q4_0, true)]
    public void AQuantisedFileTrainsAsItsValues(string name, TensorType type, bool divided = false) =>
        Quantised(Shared.Golden("models", name), Shared.Golden("gguf", "twins", name, "model.gguf"), type, divided);

    [Fact]
    public void OneFileMayHoldGateAndUpTogether()
    {
        string twin = Shared.Golden("gguf", "twins", "gpt-oss-mxfp4", "model.gguf"), merged = _temporary.File("merged.gguf");
        using (GgufFile file = GgufFile.Open(twin)) WriteMerged(file, merged);
        Compare(Shared.Golden("models", "gpt-oss-mxfp4"), merged);
    }

    [Fact]
    public void AWholeRunEndsInTheSameFactors()
    {
        const string Text = """
            model: tiny
            data: {train: data.jsonl, max_length: 40}
            adapter: {kind: lora, r: 2, alpha: 4, target_modules: [q_proj, embed_tokens, lm_head], target_parameters: [mlp.experts.gate_up_proj, mlp.experts.down_proj]}
            optimizer: {learning_rate: 1e-3, max_gradient_norm: 1.0}
            run: {batch_size: 2, accumulation: 1, steps: 3}
            """;
        string data = _temporary.File("data.jsonl");
        File.WriteAllLines(data, Enumerable.Range(2, 6).Select(n => $"{{\"input_ids\":[{string.Join(",", s_tokens.Select(t => t * n % 61))}]}}"));
        string[] bases = [Shared.Golden("models", "gpt-oss-mxfp4"), Shared.Golden("gguf", "twins", "gpt-oss-mxfp4", "model.gguf"), Shared.Golden("models", "gpt-oss-original")];
        TinySafetensors[] ends = [.. bases.Select((path, n) =>
        {
            using var run = new FineTuneRun(Recipe.Parse(Text), path, [data], _temporary.File($"run{n}"), threads: 1 + n);
            return new TinySafetensors(Path.Combine(run.Run()!, PeftReader.FileName));
        })];
        Assert.Contains("base_model.model.model.embed_tokens.lora_embedding_A", ends[0].Names);
        Assert.Contains("base_model.model.lm_head.lora_B.weight", ends[0].Names);
        foreach (TinySafetensors other in ends[1..])
        {
            Assert.Equal(ends[0].Names.Order(StringComparer.Ordinal), other.Names.Order(StringComparer.Ordinal));
            foreach (string name in ends[0].Names)
            {
                Assert.True(ends[0].Floats(name).AsSpan().SequenceEqual(other.Floats(name)), name);
                Assert.True(ends[0].Floats(name).AsSpan().ContainsAnyExcept(0f), name);
            }
        }
    }

    [Fact]
    public void ATensorThatDoesNotFitIsNamed()
    {
        string twin = Shared.Golden("gguf", "twins", "gpt-oss-mxfp4", "model.gguf"), wrong = _temporary.File("wrong.gguf");
        using (GgufFile file = GgufFile.Open(twin)) Write(file, wrong, tensor => tensor.Name == "blk.1.ffn_up_exps.weight" ? null : (tensor.Type, tensor.Bytes(0, checked((int)tensor.ByteLength)).ToArray()));
        PoiseException error = Assert.ThrowsAny<PoiseException>(() => Train(wrong, _temporary.File("out"), dora: false));
        Assert.Contains("ffn_gate_exps", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTokenizerOfAFileHasADigestOfItsOwn()
    {
        using ModelPackage one = ModelPackage.Open(Shared.Golden("gguf", "twins", "gpt2", "model.gguf")), other = ModelPackage.Open(Shared.Golden("gguf", "twins", "llama3.1", "model.gguf"));
        Assert.Equal(TokenizerDigest.Of(one), TokenizerDigest.Of(one));
        Assert.NotEqual(TokenizerDigest.Of(one), TokenizerDigest.Of(other));
    }

    void Quantised(string folder, string twin, TensorType type, bool divided)
    {
        // Row by row, so that the order of rows plays no part; what is coded already stays.
        BlockFormat format = BlockFormats.Get(type);
        string values = Directory.CreateDirectory(_temporary.File("values")).FullName, file = _temporary.File("quantised.gguf");
        foreach (string path in Directory.EnumerateFiles(folder).Where(path => !path.Contains(".safetensors", StringComparison.Ordinal))) File.Copy(path, Path.Combine(values, Path.GetFileName(path)));
        using (SafetensorsFolder source = SafetensorsFolder.Open(folder))
        {
            var writer = new SafetensorsWriter();
            foreach (StoredTensor tensor in source.Tensors)
            {
                float[] numbers = IsMatrix(tensor, format) ? Rounded(tensor, format) : [];
                if (numbers.Length == 0) writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(tensor.Bytes(0, checked((int)tensor.ByteLength))));
                else writer.AddTensor(tensor.Name, TensorType.F32, tensor.Shape, stream => Factors.Write(stream, numbers, TensorType.F32));
            }

            writer.Write(Path.Combine(values, "model.safetensors"));
        }

        using (GgufFile source = GgufFile.Open(twin))
            Write(source, file, tensor => IsMatrix(tensor, format) ? (type, Coded(tensor, format)) : (tensor.Type, tensor.Bytes(0, checked((int)tensor.ByteLength)).ToArray()));
        Compare(values, file, divided);
    }

    static bool IsMatrix(StoredTensor tensor, BlockFormat format) =>
        tensor.Shape.Length == 2 && tensor.Format.BlockElements == 1 && tensor.Type != TensorType.U8 && tensor.Shape[1] % format.BlockElements == 0
        && !tensor.Name.Contains("router", StringComparison.Ordinal) && !tensor.Name.Contains("gate_inp", StringComparison.Ordinal) && !tensor.Name.EndsWith("_bias", StringComparison.Ordinal)
        && !tensor.Name.EndsWith("_exps.bias", StringComparison.Ordinal);

    static byte[] Coded(StoredTensor tensor, BlockFormat format)
    {
        byte[] blocks = new byte[format.RowBytes(tensor.Elements)];
        format.Quantize(tensor.ToFloats(), blocks);
        return blocks;
    }

    static float[] Rounded(StoredTensor tensor, BlockFormat format)
    {
        float[] values = new float[tensor.Elements];
        format.Dequantize(Coded(tensor, format), values);
        return values;
    }

    static void Write(GgufFile source, string path, Func<StoredTensor, (TensorType Type, byte[] Bytes)?> change)
    {
        var writer = new GgufWriter();
        foreach ((string key, object value) in source.Metadata) writer.Add(key, value);
        foreach (StoredTensor tensor in source.Tensors)
            if (change(tensor) is var (type, bytes)) writer.AddTensor(tensor.Name, type, tensor.Shape, stream => stream.Write(bytes));
        writer.Write(path);
    }

    // For each expert the rows of gate, then those of up; of the biases likewise.
    static void WriteMerged(GgufFile source, string path)
    {
        var writer = new GgufWriter();
        foreach ((string key, object value) in source.Metadata) writer.Add(key, value);
        foreach (StoredTensor tensor in source.Tensors)
        {
            if (tensor.Name.Contains(".ffn_up_exps.", StringComparison.Ordinal)) continue;
            if (!tensor.Name.Contains(".ffn_gate_exps.", StringComparison.Ordinal))
            {
                writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(tensor.Bytes(0, checked((int)tensor.ByteLength))));
                continue;
            }

            StoredTensor up = source.Get(tensor.Name.Replace("gate", "up", StringComparison.Ordinal));
            int experts = checked((int)tensor.Shape[0]), bytes = checked((int)tensor.ByteLength / experts);
            long[] shape = [.. tensor.Shape];
            shape[1] *= 2;
            writer.AddTensor(tensor.Name.Replace("gate", "gate_up", StringComparison.Ordinal), tensor.Type, shape, stream =>
            {
                for (int e = 0; e < experts; e++)
                    foreach (StoredTensor part in (StoredTensor[])[tensor, up]) stream.Write(part.Bytes((long)e * bytes, bytes));
            });
        }

        writer.Write(path);
    }

    /// <param name="divided">Whether the file holds the divisors of the rotation, each rounded to F32: then the bits are others.</param>
    void Compare(string folder, string other, bool divided = false, bool dora = false)
    {
        (double loss, Dictionary<string, float[]> expected) = Train(folder, _temporary.File("of-folder"), dora);
        (double again, Dictionary<string, float[]> found) = Train(other, _temporary.File("of-other"), dora);
        output.WriteLine($"loss {loss:R} and {again:R}, {expected.Count} tensors");
        Assert.Equal(expected.Keys, found.Keys);
        Assert.NotEmpty(expected);
        if (!divided) Assert.Equal(loss, again);
        foreach ((string name, float[] values) in expected)
        {
            if (!divided) Assert.True(values.AsSpan().SequenceEqual(found[name]), name);
            double difference = values.Zip(found[name], (a, b) => ((double)a - b) * ((double)a - b)).Sum(), norm = values.Sum(v => (double)v * v);
            // An expert by itself that no token takes has no gradient.
            if (norm == 0 && name.Contains(".mlp.experts.", StringComparison.Ordinal)) continue;
            Assert.True(norm > 0 && Math.Sqrt(difference / norm) < 1e-4, $"{name}: {Math.Sqrt(difference / norm):0.0e+0}");
        }

        // What was trained over one fits the other, and gives the same loss there.
        foreach (string path in (string[])[folder, other])
        {
            foreach (string written in (string[])[_temporary.File("of-folder"), _temporary.File("of-other")])
            {
                using ModelPackage package = ModelPackage.Open(path);
                AdapterBase @base = AdapterBase.Of(package);
                using Adapter read = AdapterFile.Read(written, @base, package.Config);
                using TrainedAdapter trained = TrainedAdapter.Continue(read, @base, BaseWeights.Of(package));
                using TrainingModel model = TrainingModels.Load(package, trained.Changes);
                using var tape = new Tape(2);
                Assert.Equal(loss, model.Evaluate(tape, Batch()), divided ? 1e-3 : 0);
                using Model running = package.Load(new LoadOptions { Threads = 1 });
                using var loaded = AdapterFile.Load(written, package, running);
                Assert.NotNull(loaded);
            }
        }
    }

    static TrainingBatch Batch() => new(s_tokens, s_tokens, [0, 5]);

    // Loss and gradients of random factors over all linear layers and experts; writes the adapter.
    static (double Loss, Dictionary<string, float[]> Gradients) Train(string path, string written, bool dora)
    {
        using ModelPackage package = ModelPackage.Open(path);
        AdapterBase @base = AdapterBase.Of(package);
        var weights = BaseWeights.Of(package);
        var config = new AdapterConfig
        {
            Rank = 3, Alpha = 6, AllLinear = true, Dora = dora,
            // Experts that are linear layers of their own are targets already.
            TargetParameters = dora || @base.Parameters.Any(p => p.Name.Contains(".experts.0.", StringComparison.Ordinal)) ? []
                : [.. @base.Parameters.Where(p => p.Kind == BaseKind.Experts).Select(p => p.Name).Order(StringComparer.Ordinal)],
        };
        using TrainedAdapter adapter = TrainedAdapter.Create(config, @base, 11, parameter => RowNorms.Of(weights, parameter, @base));
        foreach (Parameter parameter in adapter.Parameters.Where(p => p.Name.Contains("lora_B", StringComparison.Ordinal))) TrainingFixture.Fill(parameter.Value.All, 3, parameter.Name);
        using TrainingModel model = TrainingModels.Load(package, adapter.Changes);
        using var tape = new Tape(2);
        double loss = model.Train(tape, Batch(), 1);
        using Adapter result = adapter.ToAdapter("trained");
        AdapterFile.WritePeft(result, @base, written);
        return (loss, adapter.Parameters.ToDictionary(p => p.Name, p => p.Gradient.All.ToArray()));
    }

    public void Dispose() => _temporary.Dispose();
}
