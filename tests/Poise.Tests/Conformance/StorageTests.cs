using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;
using Poise.Tests.Support;

namespace Poise.Tests.Conformance;

/// <summary>The same weights stored in another way give the same bits: FP8 squares, experts in one tensor, heads whose keys and values are apart.</summary>
public class StorageTests
{
    static readonly int[] s_prompt = [5, 9, 17, 33, 2, 60, 11, 7, 42];

    [Fact]
    public void Fp8SquaresAreTheNumbersThatTheyStandFor()
    {
        using var folder = new TemporaryFolder();
        string source = Shared.Golden("adapters", "bases", "deepseek_v3");
        var random = new Random(3);
        var squares = new SafetensorsWriter();
        var numbers = new SafetensorsWriter();
        using SafetensorsFolder checkpoint = SafetensorsFolder.Open(source);
        foreach (StoredTensor tensor in checkpoint.Tensors)
        {
            byte[] stored = tensor.Bytes(0, (int)tensor.ByteLength).ToArray();
            bool quantised = tensor.Shape.Length == 2 && tensor.Name.EndsWith("_proj.weight", StringComparison.Ordinal) | tensor.Name.EndsWith("_mqa.weight", StringComparison.Ordinal);
            if (!quantised)
            {
                squares.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(stored));
                numbers.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(stored));
                continue;
            }

            (int rows, int columns) = ((int)tensor.Shape[0], (int)tensor.Shape[1]);
            byte[] codes = [.. Enumerable.Range(0, rows * columns).Select(_ => (byte)(random.Next(0x30, 0x3c) | random.Next(2) << 7))];
            float[] factors = [.. Enumerable.Range(0, Fp8Block128.Squares(rows) * Fp8Block128.Squares(columns)).Select(_ => 0.05f + 0.1f * random.NextSingle())];
            float[] values = new float[rows * columns];
            Fp8Block128.Dequantize(codes, factors, rows, columns, values);
            squares.AddTensor(tensor.Name, TensorType.F8_E4M3, tensor.Shape, stream => stream.Write(codes));
            squares.AddTensor($"{tensor.Name}_scale_inv", TensorType.F32, [Fp8Block128.Squares(rows), Fp8Block128.Squares(columns)], stream => stream.Write(MemoryMarshal.AsBytes<float>(factors)));
            numbers.AddTensor(tensor.Name, TensorType.F32, tensor.Shape, stream => stream.Write(MemoryMarshal.AsBytes<float>(values)));
        }

        string left = Folder(folder, "squares", squares, source, json => json["quantization_config"] = JsonNode.Parse("""{"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}"""));
        string right = Folder(folder, "numbers", numbers, source);
        foreach (ActivationPrecision activations in Enum.GetValues<ActivationPrecision>()) Assert.Equal(Logits(right, activations), Logits(left, activations));
        using ModelPackage package = ModelPackage.Open(left), plain = ModelPackage.Open(right);
        Assert.Equal(plain.Parameters, package.Parameters);
    }

    [Fact]
    public void Fp8WithoutItsFactorsIsRefused()
    {
        using var folder = new TemporaryFolder();
        string source = Shared.Golden("adapters", "bases", "deepseek_v3");
        var writer = new SafetensorsWriter();
        using SafetensorsFolder checkpoint = SafetensorsFolder.Open(source);
        foreach (StoredTensor tensor in checkpoint.Tensors)
        {
            bool quantised = tensor.Name == "model.layers.0.self_attn.o_proj.weight";
            writer.AddTensor(tensor.Name, quantised ? TensorType.F8_E4M3 : tensor.Type, tensor.Shape, stream => stream.Write(tensor.Bytes(0, (int)(quantised ? tensor.Elements : tensor.ByteLength))));
        }

        string path = Folder(folder, "bare", writer, source, json => json["quantization_config"] = JsonNode.Parse("""{"quant_method": "fp8", "weight_block_size": [128, 128]}"""));
        Assert.Contains("o_proj.weight_scale_inv are missing", Assert.Throws<ModelFileException>(() => ModelPackage.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qwen3_moe")]
    [InlineData("deepseek_v3")]
    public void ExpertsInOneTensorAreThoseOneByOne(string name)
    {
        using var folder = new TemporaryFolder();
        string source = Shared.Golden("adapters", "bases", name);
        using SafetensorsFolder checkpoint = SafetensorsFolder.Open(source);
        var writer = new SafetensorsWriter();
        foreach (StoredTensor tensor in checkpoint.Tensors.Where(t => !t.Name.Contains(".experts.", StringComparison.Ordinal)))
            writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(tensor.Bytes(0, (int)tensor.ByteLength)));
        foreach (var layer in checkpoint.Tensors.Where(t => t.Name.Contains(".experts.", StringComparison.Ordinal)).GroupBy(t => t.Name[..(t.Name.IndexOf(".experts.", StringComparison.Ordinal) + 8)]))
        {
            int experts = layer.Count() / 3;
            StoredTensor Part(int e, string kind) => checkpoint.Get($"{layer.Key}.{e}.{kind}_proj.weight");
            long[] gate = Part(0, "gate").Shape, down = Part(0, "down").Shape;
            writer.AddTensor($"{layer.Key}.gate_up_proj", Part(0, "gate").Type, [experts, 2 * gate[0], gate[1]], stream => Write(stream, e => [Part(e, "gate"), Part(e, "up")]));
            writer.AddTensor($"{layer.Key}.down_proj", Part(0, "down").Type, [experts, .. down], stream => Write(stream, e => [Part(e, "down")]));

            void Write(Stream stream, Func<int, StoredTensor[]> parts)
            {
                foreach (StoredTensor part in Enumerable.Range(0, experts).SelectMany(parts)) stream.Write(part.Bytes(0, (int)part.ByteLength));
            }
        }

        Assert.Equal(Logits(source, ActivationPrecision.F32), Logits(Folder(folder, "stacked", writer, source), ActivationPrecision.F32));
    }

    [Theory]
    [InlineData("gemma2-plain")]
    [InlineData("qwen3-moe")]
    public void ProjectionsInOneTensorAreThoseApart(string name)
    {
        using var folder = new TemporaryFolder();
        string source = Shared.Golden("gguf", "twins", name, "model.gguf"), fused = folder.File("fused.gguf");
        using (GgufFile file = GgufFile.Open(source))
        {
            var writer = new GgufWriter();
            foreach ((string key, object value) in file.Metadata)
                if (key != "general.alignment") writer.Add(key, value);
            foreach (StoredTensor tensor in file.Tensors)
            {
                string[] path = tensor.Name.Split('.');
                if (path is [_, _, "attn_k" or "attn_v", "weight"]) continue;
                StoredTensor[] parts = path is [_, _, "attn_q", "weight"]
                    ? [.. new[] { "q", "k", "v" }.Select(part => file.Get($"blk.{path[1]}.attn_{part}.weight"))] : [tensor];
                long[] shape = parts.Length == 1 ? tensor.Shape : [parts.Sum(part => part.Shape[0]), tensor.Shape[1]];
                writer.AddTensor(parts.Length == 1 ? tensor.Name : $"blk.{path[1]}.attn_qkv.weight", tensor.Type, shape, stream =>
                {
                    foreach (StoredTensor part in parts) stream.Write(part.Bytes(0, (int)part.ByteLength));
                });
            }

            writer.Write(fused);
        }

        Assert.Equal(Logits(source, ActivationPrecision.F32), Logits(fused, ActivationPrecision.F32));
    }

    // Keys [2 heads, 64, 32] and values [2 heads, 8, 64] to rows head by head.
    [Theory]
    [InlineData(TensorType.BF16, TensorType.BF16, TensorType.BF16)]
    [InlineData(TensorType.F32, TensorType.F32, TensorType.F32)]
    [InlineData(TensorType.Q8_0, TensorType.Q8_0, TensorType.F32)]
    [InlineData(TensorType.F16, TensorType.BF16, TensorType.F32)]
    public void HeadsWhoseKeysAreTurned(TensorType keyType, TensorType valueType, TensorType expected)
    {
        using var folder = new TemporaryFolder();
        var writer = new GgufWriter();
        writer.Add("general.architecture", "deepseek2");
        Add("keys", keyType, [2, 64, 32]);
        Add("values", valueType, [2, 8, 64]);
        writer.Write(folder.File("heads.gguf"));
        using GgufFile file = GgufFile.Open(folder.File("heads.gguf"));
        float[] keys = file.Get("keys").ToFloats(), values = file.Get("values").ToFloats(), row = new float[64];
        MatrixSource source = MatrixSource.FromHeads(file.Get("keys"), file.Get("values"), 2, 32, 8, 64);
        Assert.Equal((80, 64, expected), (source.Rows, source.Columns, source.Format.Type));
        for (int h = 0; h < 2; h++)
        {
            for (int r = 0; r < 40; r++)
            {
                source.DecodeRow(h * 40 + r, row);
                Assert.Equal(Enumerable.Range(0, 64).Select(c => r < 32 ? keys[(h * 64 + c) * 32 + r] : values[(h * 8 + r - 32) * 64 + c]), row);
            }
        }

        Assert.Throws<ModelFileException>(() => MatrixSource.FromHeads(file.Get("keys"), file.Get("values"), 2, 32, 16, 64));
        Assert.Throws<ModelFileException>(() => MatrixSource.FromHeads(file.Get("values"), file.Get("keys"), 2, 32, 8, 64));

        void Add(string name, TensorType type, long[] shape)
        {
            var random = new Random(name.Length);
            float[] numbers = [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)];
            BlockFormat format = BlockFormats.Get(type);
            byte[] bytes = new byte[format.RowBytes(numbers.Length)];
            format.Quantize(numbers, bytes);
            writer.AddTensor(name, type, shape, stream => stream.Write(bytes));
        }
    }

    static string Folder(TemporaryFolder parent, string name, SafetensorsWriter writer, string source, Action<JsonNode>? change = null)
    {
        string path = Directory.CreateDirectory(parent.File(name)).FullName;
        writer.Write(Path.Combine(path, "model.safetensors"));
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!;
        change?.Invoke(json);
        File.WriteAllText(Path.Combine(path, "config.json"), json.ToJsonString());
        return path;
    }

    static float[] Logits(string path, ActivationPrecision activations)
    {
        using ModelPackage package = ModelPackage.Open(path);
        using Model model = package.Load(new LoadOptions { Activations = activations, Threads = 2 });
        return GoldenModel.Logits(model, s_prompt);
    }
}
