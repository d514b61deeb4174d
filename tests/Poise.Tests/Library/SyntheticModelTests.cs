using System.Security.Cryptography;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Library;

public class SyntheticModelTests
{
    public static TheoryData<string> SmallShapes => ["gpt-oss-20b", "llama-3.1-8b", "llama-3.2-1b", "llama-2-7b", "gpt2", "gemma-2-2b", "qwen3-30b-a3b", "deepseek-v2-lite", "deepseek-v3"];

    [Theory]
    [MemberData(nameof(SmallShapes))]
    public void BothLayoutsOpenWithTheShapeTheyWereMadeFrom(string name)
    {
        using var temporary = new TemporaryFolder();
        SyntheticShape shape = Small(name);
        string gguf = Write(shape, temporary, "m.gguf"), folder = Write(shape, temporary, "folder");
        using ModelPackage left = ModelPackage.Open(gguf), right = ModelPackage.Open(folder);
        Assert.Equal(shape.Config, right.Config);
        ModelConfig expected = shape.Config is LlamaConfig { RopeScaling.Kind: RopeScalingKind.Llama3 } llama ? llama with { RopeScaling = RopeScaling.Divisors } : shape.Config;
        Assert.Equal(expected, left.Config);
        Assert.Equal(left.Parameters, right.Parameters);
        Assert.Equal(left.ActiveParameters, right.ActiveParameters);
        Assert.Equal("cc0-1.0", left.Licence);
        Assert.Equal("cc0-1.0", right.Licence);
        Assert.NotEmpty(left.StopIds);
    }

    [Theory]
    [MemberData(nameof(SmallShapes))]
    public void BothLayoutsTokenizeAndRun(string name)
    {
        using var temporary = new TemporaryFolder();
        SyntheticShape shape = Small(name);
        foreach (string path in (string[])[Write(shape, temporary, "m.gguf"), Write(shape, temporary, "folder")])
        {
            using ModelPackage package = ModelPackage.Open(path);
            const string text = " and the thing: 12 \u00e9\ud83d\ude00\n";
            int[] ids = package.Tokenizer.Encode(text);
            Assert.Equal(text, package.Tokenizer.Decode(ids).Replace("  and", " and", StringComparison.Ordinal));
            Assert.All(SyntheticVocabulary.Create(shape.Tokenizer, shape.Config.VocabularySize).Endings, id => Assert.Contains(id, package.StopIds));
            using Model model = package.Load(new LoadOptions { Threads = 2 });
            using Sequence sequence = model.CreateSequence(64);
            var logits = new float[shape.Config.VocabularySize];
            model.Forward([new Segment(sequence, ids)], logits);
            Assert.All(logits, value => Assert.InRange(value, -100, 100));
            Assert.True(logits.Max() - logits.Min() > 0.1f);
        }
    }

    [Theory]
    [MemberData(nameof(SmallShapes))]
    public void BytesDependOnTheSeedAlone(string name)
    {
        using var temporary = new TemporaryFolder();
        // Wide enough for several chunks.
        SyntheticShape shape = Small(name);
        shape = shape with { Config = shape.Config with { VocabularySize = 40000 } };
        byte[] one = Digest(Write(shape, temporary, "1.gguf", threads: 1));
        Assert.Equal(one, Digest(Write(shape, temporary, "2.gguf", threads: 2)));
        Assert.Equal(one, Digest(Write(shape, temporary, "3.gguf", threads: 3)));
        Assert.NotEqual(one, Digest(Write(shape, temporary, "4.gguf", threads: 2, seed: 8)));
    }

    [Fact]
    public void BytesStayAsTheyWereFirstWritten()
    {
        using var temporary = new TemporaryFolder();
        string digest = Convert.ToHexStringLower(Digest(Write(Small("gpt-oss-20b"), temporary, "m.gguf")));
        Assert.True(digest == "c07addbaab5f3a06ee9df9513bfe85a4c5103e9aedd4d14ec3de148ca94854d6", digest);
    }

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.Q8_0)]
    [InlineData(TensorType.Q4_0)]
    [InlineData(TensorType.Q4_1)]
    [InlineData(TensorType.Q5_0)]
    [InlineData(TensorType.Q5_1)]
    [InlineData(TensorType.Q4_K)]
    [InlineData(TensorType.Q6_K)]
    [InlineData(TensorType.MXFP4)]
    public void EveryTypeHasTheDeviationThatWasAskedFor(TensorType type)
    {
        if (!Poise.Tensors.Quantization.BlockFormats.All.Any(f => f.Type == type)) Assert.Skip($"{type} has no decoder here");
        var tensor = SyntheticTensor.Weight("w", type, 256, 1024);
        using var memory = new MemoryStream();
        new SyntheticStream(7, 2, null, CancellationToken.None).Write(tensor, memory);
        Assert.Equal(tensor.ByteLength, memory.Length);
        var values = new float[tensor.Elements];
        Poise.Tensors.Quantization.BlockFormats.Get(type).Dequantize(memory.ToArray(), values);
        double mean = values.Average(v => (double)v), deviation = Math.Sqrt(values.Average(v => (double)v * v));
        Assert.InRange(mean, -0.15 * tensor.Deviation, 0.15 * tensor.Deviation);
        Assert.InRange(deviation, 0.5 * tensor.Deviation, 2 * tensor.Deviation);
        Assert.All(values, v => Assert.True(float.IsFinite(v) && Math.Abs(v) < 20 * tensor.Deviation));
    }

    [Fact]
    public void FewerLayersKeepThePattern()
    {
        SyntheticShape shape = SyntheticShapes.Get("gpt-oss-120b").WithLayers(3);
        Assert.Equal([128, 0, 128], Enumerable.Range(0, 3).Select(shape.Config.WindowOf));
    }

    [Fact]
    public void PublishedVocabulariesHaveTheirSpecialTokensInPlace()
    {
        SyntheticVocabulary harmony = SyntheticVocabulary.Create(SyntheticTokenizer.Harmony, 201088);
        foreach ((int id, string token) in new[] { (199998, "<|startoftext|>"), (199999, "<|endoftext|>"), (200002, "<|return|>"), (200003, "<|constrain|>"), (200005, "<|channel|>"), (200006, "<|start|>"), (200007, "<|end|>"), (200008, "<|message|>"), (200012, "<|call|>"), (201087, "<|reserved_201087|>") })
            Assert.Equal(token, harmony.Tokens[id]);
        SyntheticVocabulary llama = SyntheticVocabulary.Create(SyntheticTokenizer.Llama3, 128256);
        Assert.Equal(("<|begin_of_text|>", "<|eot_id|>"), (llama.Tokens[128000], llama.Tokens[128009]));
        Assert.Equal("<|endoftext|>", SyntheticVocabulary.Create(SyntheticTokenizer.Gpt2, 50257).Tokens[50256]);
        Assert.Equal("<0x0A>", SyntheticVocabulary.Create(SyntheticTokenizer.Llama2, 32000).Tokens[13]);
        foreach (SyntheticVocabulary vocabulary in new[] { harmony, llama })
            Assert.Equal(vocabulary.Tokens.Length, vocabulary.Tokens.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void CancellingLeavesNothingBehind()
    {
        using var temporary = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        foreach (string name in (string[])["m.gguf", "folder"])
        {
            string path = Path.Combine(temporary.Path, name);
            Assert.ThrowsAny<OperationCanceledException>(() =>
                SyntheticModel.Write(Small("gpt2"), new SyntheticOptions { Shape = "" }, path, (_, _) => source.Cancel(), source.Token));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public void WhatCannotBeWrittenIsSaid()
    {
        using var temporary = new TemporaryFolder();
        string path = Path.Combine(temporary.Path, "m.gguf");
        Assert.Contains("gpt2-xl", Message(new() { Shape = "gpt-5" }), StringComparison.Ordinal);
        Assert.Contains("layers", Message(new() { Shape = "gpt2", Layers = 0 }), StringComparison.Ordinal);
        Assert.Contains("blocks of 256", Message(new() { Shape = "gpt-oss-20b", Layers = 1, Type = TensorType.Q4_K }), StringComparison.Ordinal);
        Assert.Contains("IQ4_XS", Message(new() { Shape = "gpt2", Type = TensorType.IQ4_XS }), StringComparison.Ordinal);
        Assert.Contains("folder", Message(new() { Shape = "gpt2", Gguf = false, Type = TensorType.Q8_0 }), StringComparison.Ordinal);
        string Message(SyntheticOptions options) => Assert.Throws<PoiseException>(() => SyntheticModel.Write(options, path)).Message;
    }

    static SyntheticShape Small(string name)
    {
        SyntheticShape shape = SyntheticShapes.Get(name).WithLayers(2);
        return shape with
        {
            Config = shape.Config switch
            {
                GptOssConfig c => c with { HiddenSize = 96, VocabularySize = 1600, Heads = 4, KeyValueHeads = 2, IntermediateSize = 64, ExpertCount = 8 },
                LlamaConfig c => c with { HiddenSize = 64, VocabularySize = 800, Heads = 4, KeyValueHeads = name == "llama-2-7b" ? 4 : 2, HeadSize = 32, IntermediateSize = 160 },
                Gpt2Config c => c with { HiddenSize = 64, VocabularySize = 400, Heads = 4, KeyValueHeads = 4, HeadSize = 16, InnerSize = 256, ContextLength = 128 },
                Gemma2Config c => c with { HiddenSize = 64, VocabularySize = 800, Heads = 4, KeyValueHeads = 2, HeadSize = 32, IntermediateSize = 160, QueryScalar = 32 },
                Qwen3MoeConfig c => c with { HiddenSize = 64, VocabularySize = 400, Heads = 4, KeyValueHeads = 2, HeadSize = 32, ExpertCount = 8, ExpertsPerToken = 2, ExpertSize = 96 },
                DeepSeekConfig c => c with
                {
                    HiddenSize = 64, VocabularySize = 400, Heads = 4, KeyValueHeads = 4, HeadSize = 48, RotarySize = 16, ValueHeadSize = 32, LatentRank = 32, QueryRank = c.QueryRank > 0 ? 64 : 0,
                    DenseLayers = 1, IntermediateSize = 96, ExpertSize = 32, ExpertCount = 16, ExpertsPerToken = 4, ScoreScale = SyntheticFamilyKeys.ScoreScale(c.Sigmoid, 40, 48),
                },
                _ => throw new InvalidOperationException(),
            },
        };
    }

    static string Write(SyntheticShape shape, TemporaryFolder temporary, string name, int threads = 0, ulong seed = 7)
    {
        string path = Path.Combine(temporary.Path, name);
        SyntheticModel.Write(shape, new SyntheticOptions { Shape = shape.Name, Threads = threads, Seed = seed }, path, null, CancellationToken.None);
        return path;
    }

    static byte[] Digest(string path) => SHA256.HashData(File.ReadAllBytes(path));
}
