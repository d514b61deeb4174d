using System.Text.Json;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors.Formats;

namespace Poise.Tests.Conformance;

/// <summary>A golden model: its files, its prompts and what the canonical implementation computed from them.</summary>
sealed class GoldenModel : IDisposable
{
    readonly SafetensorsFile _golden;

    public GoldenModel(string folder, string? modelFile = null)
    {
        Folder = folder;
        _golden = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")));
        Tolerance = json.RootElement.GetProperty("tolerance").GetDouble();
        Json = json.RootElement.Clone();
        Package = ModelPackage.Open(modelFile ?? (File.Exists(Path.Combine(folder, "model.gguf")) ? Path.Combine(folder, "model.gguf") : folder));
    }

    public string Folder { get; }
    public double Tolerance { get; }
    public JsonElement Json { get; }
    public ModelPackage Package { get; }

    public bool Has(string name) => _golden.Has(name);

    public float[] Floats(string name) => _golden.Get(name).ToFloats();

    public int[] Ids(string name)
    {
        StoredTensor tensor = _golden.Get(name);
        ReadOnlySpan<byte> bytes = tensor.Bytes(0, (int)tensor.ByteLength);
        int[] ids = new int[bytes.Length / 4];
        for (int i = 0; i < ids.Length; i++) ids[i] = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
        return ids;
    }

    /// <summary>All logits of a prompt in one forward pass; hidden states by layer when asked for.</summary>
    public static float[] Logits(Model model, ReadOnlySpan<int> ids, List<float[]>? hidden = null)
    {
        using Sequence sequence = model.CreateSequence(Math.Min(model.Config.ContextLength, ids.Length + 1));
        float[] logits = new float[ids.Length * model.Config.VocabularySize];
        model.Forward([new Segment(sequence, ids.ToArray(), ids.Length)], logits, hidden is null ? null : (_, states) => hidden.Add(states.ToArray()));
        return logits;
    }

    public static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Assert.Equal(a.Length, b.Length);
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = Math.Abs((double)a[i] - b[i]);
            if (!(difference <= largest)) largest = difference;
        }

        return largest;
    }

    public static int ArgMax(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int i = 1; i < row.Length; i++)
            if (row[i] > row[best]) best = i;
        return best;
    }

    public void Dispose()
    {
        Package.Dispose();
        _golden.Dispose();
    }
}
