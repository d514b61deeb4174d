using System.Buffers.Binary;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Cli.Verbs;

/// <summary>
/// Collects results in a temporary file beside the output and then writes the safetensors file: a thousand positions of a
/// vocabulary of 200,000 are 800 MB, too much to hold in memory for many prompts.
/// </summary>
sealed class LogitsFile : IDisposable
{
    public const string HiddenSuffix = ".hidden";

    /// <summary>Floats of logits that one forward pass may return: 32 MB.</summary>
    const int ChunkFloats = 1 << 23;
    const int ChunkTokens = 512;

    readonly string _path;
    readonly FileStream _spill;
    readonly SafetensorsWriter _writer = new();
    byte[] _bytes = [];
    long _end;

    public LogitsFile(string path)
    {
        _path = path;
        _spill = new FileStream($"{path}.{Environment.ProcessId}.tmp", FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
    }

    public void Compute(Model model, LoadedAdapter? adapter, string id, int[] ids, bool withHidden, CancellationToken cancellation)
    {
        ModelConfig config = model.Config;
        long logitsAt = Reserve(id, ids.Length, config.VocabularySize);
        long hiddenAt = withHidden ? Reserve(id + HiddenSuffix, config.Layers + 1, ids.Length, config.HiddenSize) : 0;

        int chunk = Math.Clamp(ChunkFloats / config.VocabularySize, 1, Math.Min(ChunkTokens, ids.Length));
        var logits = new float[chunk * config.VocabularySize];
        using Sequence sequence = model.CreateSequence(ids.Length, adapter);
        for (int start = 0; start < ids.Length; start += chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(chunk, ids.Length - start), first = start;
            // A layer's states of one chunk lie in the middle of [layers+1, tokens, hidden].
            HiddenStateObserver? observer = withHidden
                ? (layer, states) => Spill(hiddenAt + ((long)layer * ids.Length + first) * config.HiddenSize * sizeof(float), states)
                : null;
            Span<float> rows = logits.AsSpan(0, count * config.VocabularySize);
            model.Forward([new Segment(sequence, ids.AsMemory(start, count), count)], rows, observer);
            Spill(logitsAt + (long)start * config.VocabularySize * sizeof(float), rows);
        }
    }

    public void Write() => _writer.Write(_path);

    public void Dispose() => _spill.Dispose();

    long Reserve(string name, params ReadOnlySpan<long> shape)
    {
        long length = sizeof(float), start = _end;
        foreach (long dimension in shape) length = checked(length * dimension);
        _end += length;
        _writer.AddTensor(name, TensorType.F32, shape, destination => CopyTo(destination, start, length));
        return start;
    }

    void Spill(long offset, ReadOnlySpan<float> values)
    {
        if (_bytes.Length < values.Length * sizeof(float)) _bytes = new byte[values.Length * sizeof(float)];
        Span<byte> bytes = _bytes.AsSpan(0, values.Length * sizeof(float));
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], values[i]);
        RandomAccess.Write(_spill.SafeFileHandle, bytes, offset);
    }

    void CopyTo(Stream destination, long offset, long length)
    {
        var buffer = new byte[1 << 20];
        while (length > 0)
        {
            int read = RandomAccess.Read(_spill.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length)), offset);
            if (read == 0) throw new IOException($"{_spill.Name}: the temporary file ended early");
            destination.Write(buffer, 0, read);
            offset += read;
            length -= read;
        }
    }
}
