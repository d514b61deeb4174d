using System.Diagnostics;
using System.Globalization;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Formats;

public class GgufFileTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(32, 3)]
    [InlineData(32, 2)]
    [InlineData(1, 3)]
    [InlineData(256, 3)]
    public void WhatIsWrittenIsRead(int alignment, int version)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("sample.gguf");
        SampleFiles.Gguf(alignment, version).Write(path);
        using GgufFile file = GgufFile.Open(path);

        Assert.Equal(version, file.Version);
        Assert.Equal(path, file.Path);
        Assert.Equal(1, file.PartCount);
        Assert.Equal(SampleFiles.Values.Length + (alignment == 32 ? 0 : 1), file.Metadata.Count);
        Assert.Equal(alignment == 32 ? null : alignment, file.Metadata.FindInteger("general.alignment"));
        foreach ((string key, _, object read) in SampleFiles.Values)
        {
            Assert.Equal(read, file.Metadata.Find(key));
            Assert.IsType(read.GetType(), file.Metadata.Find(key));
        }
        CheckTensors(file);
        Assert.Equal(0, new FileInfo(path).Length % alignment);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    static void CheckTensors(GgufFile file)
    {
        Assert.Equal(SampleFiles.GgufTensors.Select(t => t.Name), file.Tensors.Select(t => t.Name));
        foreach ((string name, TensorType type, long[] shape) in SampleFiles.GgufTensors)
        {
            StoredTensor tensor = file.Get(name);
            Assert.Equal(type, tensor.Type);
            Assert.Equal(shape, tensor.Shape);
            Assert.Equal(SampleFiles.Content(name, type, shape), tensor.AllBytes());
        }
    }

    [Fact]
    public void SplitFilesAreOneModel()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<string> parts = SampleFiles.Gguf(alignment: 64).WriteSplit(folder.File("model"), 300);
        Assert.True(parts.Count >= 3);
        Assert.Equal(folder.File($"model-00001-of-{parts.Count:D5}.gguf"), parts[0]);
        using (GgufFile file = GgufFile.Open(parts[0]))
        {
            Assert.Equal(parts.Count, file.PartCount);
            Assert.Equal("llama", file.Metadata.GetString("general.architecture"));
            CheckTensors(file);
            Assert.Equal(parts[^1], file.Tensors[^1].File);
        }
        using (Checkpoint file = CheckpointFile.Open(folder.Path)) Assert.Equal(parts[0], file.Path);

        Assert.Contains("open the first, model-00001-of-", Refusal(parts[1]).Message, StringComparison.Ordinal);
        File.Move(parts[0], folder.File("renamed.gguf"));
        Assert.Contains("its name must end in \"-00001-of-", Refusal(folder.File("renamed.gguf")).Message, StringComparison.Ordinal);
        File.Move(folder.File("renamed.gguf"), folder.File("model-00002-of-00009.gguf"));
        Assert.Contains("its name should be model-00001-of-", Refusal(folder.File("model-00002-of-00009.gguf")).Message, StringComparison.Ordinal);
        File.Move(folder.File("model-00002-of-00009.gguf"), parts[0]);

        File.Copy(parts[2], parts[1], overwrite: true);
        Assert.Equal("split.no", Refusal(parts[0]).Field);
        File.Delete(parts[1]);
        Assert.Contains(parts[1] + " does not exist", Refusal(parts[0]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePartsMustHoldAllTensors()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<string> parts = SampleFiles.Gguf().WriteSplit(folder.File("model"), 300);
        byte[] first = File.ReadAllBytes(parts[0]);
        int key = first.AsSpan().IndexOf("split.tensors.count"u8);
        first[key + "split.tensors.count".Length + 4]++;
        File.WriteAllBytes(parts[0], first);
        Assert.Equal("split.tensors.count", Refusal(parts[0]).Field);
    }

    [Theory]
    [InlineData(17u, "tensor type IQ2_XS is not supported; supported are F32, F16, Q4_0")]
    [InlineData(4u, "tensor type Q4_2 was removed")]
    [InlineData(40u, "tensor type NVFP4 is not supported")]
    [InlineData(9u, "tensor type Q8_1 is not supported")]
    [InlineData(139u, "tensor type IQ4_K (of ik_llama.cpp) is not supported")]
    [InlineData(5000u, "tensor type 5000 is unknown")]
    public void TensorTypesAreRefusedByName(uint type, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("types.gguf");
        var writer = new GgufWriter();
        writer.AddTensor("weight", TensorType.F32, [256], stream => stream.Write(new byte[1024]));
        writer.Write(path);
        byte[] bytes = File.ReadAllBytes(path);
        int at = bytes.AsSpan().IndexOf("weight"u8) + 6 + 4 + 8;
        BitConverter.TryWriteBytes(bytes.AsSpan(at), type);
        File.WriteAllBytes(path, bytes);
        ModelFileException refusal = Refusal(path);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("weight", refusal.Field);
    }

    [Fact]
    public void ABigEndianFileIsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("big.gguf"), [.. "GGUF"u8, 0, 0, 0, 3, .. new byte[64]]);
        Assert.Contains("big-endian", Refusal(folder.File("big.gguf")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALargeVocabularyIsReadQuickly()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("vocabulary.gguf");
        var writer = new GgufWriter();
        writer.Add("tokenizer.ggml.tokens", Enumerable.Range(0, 200_000).Select(i => "token" + i.ToString(CultureInfo.InvariantCulture)).ToArray());
        writer.Add("tokenizer.ggml.merges", Enumerable.Range(0, 446_000).Select(i => "ab" + (i / 7).ToString(CultureInfo.InvariantCulture) + " c").ToArray());
        writer.Add("tokenizer.ggml.token_type", new int[200_000]);
        writer.Write(path);
        Stopwatch watch = Stopwatch.StartNew();
        using GgufFile file = GgufFile.Open(path);
        watch.Stop();
        output.WriteLine($"{watch.Elapsed.TotalMilliseconds:F0} ms");
        Assert.Equal("token199999", file.Metadata.FindStrings("tokenizer.ggml.tokens")![^1]);
        Assert.Equal(446_000, file.Metadata.FindStrings("tokenizer.ggml.merges")!.Length);
        // A tenth of it is usual; the margin is for busy machines.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1);
    }

    [Fact]
    public void AHostileNameDoesNotReachTheTerminal()
    {
        using var folder = new TemporaryFolder();
        var writer = new GgufWriter();
        writer.AddTensor("\e[2J" + new string('x', 1000), TensorType.F32, [8], stream => stream.Write(new byte[32]));
        writer.Write(folder.File("name.gguf"));
        byte[] bytes = File.ReadAllBytes(folder.File("name.gguf"));
        File.WriteAllBytes(folder.File("name.gguf"), bytes[..^1]);
        ModelFileException refusal = Refusal(folder.File("name.gguf"));
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.InRange(refusal.Message.Length, 0, 500);
    }

    [Fact]
    public void TheSharedFilesOpen()
    {
        foreach (string path in (string[])
            [Shared.Get("golden", "gguf", "split", "model-00001-of-00003.gguf"), Shared.Get("golden", "gguf", "version2", "model.gguf"),
             Shared.Get("data", "weights", "gguf-tiny", "docker-dummy.gguf"), Shared.Get("data", "weights", "gguf-tiny", "dummy-00001-of-00002.gguf")])
        {
            using Checkpoint file = CheckpointFile.Open(path);
            Assert.NotEmpty(file.Tensors);
            Reading.SumAll(file);
            output.WriteLine($"{Path.GetFileName(path)}: {file.Tensors.Count} tensors, {((GgufFile)file).PartCount} files");
        }
    }

    [Fact]
    public void TheWriterRefusesWhatGgufCannotHold()
    {
        var writer = new GgufWriter();
        writer.Add("a", 1u);
        Assert.Throws<ArgumentException>(() => writer.Add("a", 1u));
        Assert.Throws<ArgumentException>(() => writer.Add("general.alignment", 64u));
        Assert.Throws<ArgumentException>(() => writer.Add("b", new object()));
        Assert.Throws<ArgumentException>(() => writer.Add("b", new object[] { 1 }));
        Assert.Throws<ArgumentException>(() => writer.Add("b", 'c'));
        Assert.Throws<ArgumentException>(() => writer.Add("b", DayOfWeek.Monday));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", TensorType.F8_E4M3, [1], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", TensorType.Q4_K, [128], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", TensorType.F32, [1, 1, 1, 1, 1], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", TensorType.F32, [-1], _ => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GgufWriter(alignment: 48));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GgufWriter(version: 1));
    }

    static ModelFileException Refusal(string path)
    {
        var refusal = Assert.Throws<ModelFileException>(() => GgufFile.Open(path));
        Assert.Contains(Path.GetDirectoryName(path)!, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }
}
