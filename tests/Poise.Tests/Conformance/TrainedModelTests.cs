using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Conformance;

/// <summary>Two small trained models from their publishers' own formats, written as Hugging Face folders first.</summary>
public class TrainedModelTests(ITestOutputHelper output)
{
    [Fact]
    public void NanoGptSorts()
    {
        string data = Shared.Get("data", "weights", "gpt-nano-sort");
        using JsonDocument weights = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(data, "gpt-nano-sort-model.json")));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(data, "gpt-nano-sort-t0-partials.json")));
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        foreach (JsonProperty tensor in weights.RootElement.EnumerateObject().Where(p => p.Name != "config" && !p.Name.EndsWith(".attn.bias", StringComparison.Ordinal)))
        {
            long[] shape = Shape(tensor.Value);
            float[] values = Values(tensor.Value);
            // minGPT multiplies by the transpose of what GPT-2's Conv1D stores.
            if (tensor.Name.Contains(".c_", StringComparison.Ordinal) && shape.Length == 2) (values, shape) = (Transpose(values, (int)shape[0], (int)shape[1]), [shape[1], shape[0]]);
            Add(writer, tensor.Name, shape, values);
        }

        writer.Write(folder.File("model.safetensors"));
        File.WriteAllText(folder.File("config.json"), """
            {"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","n_layer":3,"n_head":3,"n_embd":48,"vocab_size":3,"n_positions":11,"layer_norm_epsilon":1e-5,"activation_function":"gelu_new"}
            """);
        using ModelPackage package = ModelPackage.Open(folder.Path);
        using Model model = package.Load(new LoadOptions { Activations = ActivationPrecision.F32, Threads = 1 });
        int[] tokens = Array.ConvertAll(Values(golden.RootElement.GetProperty("idx")), v => (int)v);
        double worst = 0;
        for (int b = 0; b < 3; b++)
        {
            List<float[]> hidden = [];
            float[] logits = GoldenModel.Logits(model, tokens.AsSpan(b * 11, 11), hidden);
            worst = Math.Max(worst, GoldenModel.Difference(Part("lm_head", b), logits));
            Assert.Equal(4, hidden.Count);
            worst = Math.Max(worst, GoldenModel.Difference(Part("x", b), hidden[0]));
            for (int layer = 0; layer < 3; layer++) worst = Math.Max(worst, GoldenModel.Difference(Part($"block{layer}", b), hidden[layer + 1]));
        }

        output.WriteLine($"gpt-nano-sort: largest difference {worst:0.0e+0}");
        Assert.InRange(worst, 0, 1e-5);

        float[] Part(string name, int b)
        {
            float[] all = Values(golden.RootElement.GetProperty(name));
            return all[(b * all.Length / 3)..((b + 1) * all.Length / 3)];
        }
    }

    [Theory]
    [InlineData(ActivationPrecision.F32)]
    [InlineData(ActivationPrecision.Int8)]
    public void TheStoryIsToldByteForByte(ActivationPrecision activations)
    {
        string data = Shared.Get("data", "weights", "stories260K");
        using var folder = new TemporaryFolder();
        WriteLlama2C(Path.Combine(data, "stories260K.bin"), folder);
        byte[][] pieces = Pieces(Path.Combine(data, "tok512.bin"), 512);
        using ModelPackage package = ModelPackage.Open(folder.Path);
        using Model model = package.Load(new LoadOptions { Activations = activations, Threads = 2 });
        using Sequence sequence = model.CreateSequence(201);
        float[] row = new float[512];
        using var text = new MemoryStream();
        int token = 1;
        for (int i = 0; i < 200; i++)
        {
            model.Forward([new Segment(sequence, new[] { token })], row);
            int next = GoldenModel.ArgMax(row);
            if (next == 1) break;
            // SentencePiece drops the space that would follow BOS.
            text.Write(token == 1 && pieces[next][0] == ' ' ? pieces[next].AsSpan(1) : pieces[next]);
            token = next;
        }

        byte[] expected = File.ReadAllBytes(Path.Combine(data, "expected_greedy_200.txt"));
        output.WriteLine(Encoding.UTF8.GetString(text.ToArray()));
        // The reference program ends its output with a line feed of its own.
        if (expected.Length == text.Length + 1 && expected[^1] == '\n') expected = expected[..^1];
        Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(text.ToArray()));
    }

    static void WriteLlama2C(string path, TemporaryFolder folder)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int[] header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, 28)).ToArray();
        (int dim, int inner, int layers, int heads, int keyHeads, int vocabulary, int context) = (header[0], header[1], header[2], header[3], header[4], header[5], header[6]);
        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(28)).ToArray();
        int at = 0, keys = dim / heads * keyHeads;
        var writer = new SafetensorsWriter();
        Add(writer, "model.embed_tokens.weight", [vocabulary, dim], Take(vocabulary * dim));
        Each("input_layernorm", 1, dim);
        Each("self_attn.q_proj", dim, dim, heads);
        Each("self_attn.k_proj", keys, dim, keyHeads);
        Each("self_attn.v_proj", keys, dim);
        Each("self_attn.o_proj", dim, dim);
        Each("post_attention_layernorm", 1, dim);
        Each("mlp.gate_proj", inner, dim);
        Each("mlp.down_proj", dim, inner);
        Each("mlp.up_proj", inner, dim);
        Add(writer, "model.norm.weight", [dim], Take(dim));
        writer.Write(folder.File("model.safetensors"));
        File.WriteAllText(folder.File("config.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["architectures"] = new[] { "LlamaForCausalLM" }, ["model_type"] = "llama", ["hidden_size"] = dim, ["intermediate_size"] = inner,
            ["num_hidden_layers"] = layers, ["num_attention_heads"] = heads, ["num_key_value_heads"] = keyHeads, ["vocab_size"] = vocabulary,
            ["max_position_embeddings"] = context, ["rms_norm_eps"] = 1e-5, ["rope_theta"] = 10000.0, ["tie_word_embeddings"] = true, ["hidden_act"] = "silu",
        }));

        float[] Take(int count) => values[at..(at += count)];

        void Each(string name, int rows, int columns, int rotated = 0)
        {
            for (int layer = 0; layer < layers; layer++)
            {
                float[] part = Take(rows * columns);
                if (rotated > 0) part = Split(part, rotated, rows / rotated, columns);
                Add(writer, $"model.layers.{layer}.{name}.weight", rows == 1 ? [columns] : [rows, columns], part);
            }
        }
    }

    // Rows of interleaved pairs (2i, 2i+1) to halves (i, i + D/2).
    static float[] Split(float[] rows, int heads, int size, int columns)
    {
        float[] result = new float[rows.Length];
        for (int h = 0; h < heads; h++)
            for (int i = 0; i < size; i++)
                rows.AsSpan((h * size + i) * columns, columns).CopyTo(result.AsSpan((h * size + i / 2 + i % 2 * (size / 2)) * columns));
        return result;
    }

    static byte[][] Pieces(string path, int count)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        reader.ReadInt32(); // the longest piece
        byte[][] pieces = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            reader.ReadSingle(); // score
            pieces[i] = reader.ReadBytes(reader.ReadInt32());
            if (pieces[i] is [(byte)'<', (byte)'0', (byte)'x', var high, var low, (byte)'>']) pieces[i] = Convert.FromHexString($"{(char)high}{(char)low}");
        }

        return pieces;
    }

    static void Add(SafetensorsWriter writer, string name, long[] shape, float[] values) =>
        writer.AddTensor(name, TensorType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes<float>(values)));

    static long[] Shape(JsonElement tensor) => [.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];

    static float[] Values(JsonElement tensor) => MemoryMarshal.Cast<byte, float>(tensor.GetProperty("data").GetBytesFromBase64()).ToArray();

    static float[] Transpose(float[] values, int rows, int columns)
    {
        float[] result = new float[values.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c];
        return result;
    }
}
