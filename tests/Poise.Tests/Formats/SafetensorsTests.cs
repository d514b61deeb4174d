using System.Text;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Formats;

public class SafetensorsTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("sample.safetensors");
        SampleFiles.Safetensors().Write(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "é \"x\"" }, file.Metadata);
        Assert.Equal(SampleFiles.SafetensorsTensors.Length, file.Tensors.Count);
        foreach ((string name, TensorType type, long[] shape) in SampleFiles.SafetensorsTensors)
        {
            StoredTensor tensor = file.Get(name);
            Assert.Equal(type, tensor.Type);
            Assert.Equal(shape, tensor.Shape);
            Assert.Equal(SampleFiles.Content(name, type, shape), tensor.AllBytes());
        }
        Assert.Equal(0, BitConverter.ToInt64(File.ReadAllBytes(path)) % 8);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AnEmptyFileIsTheKnownOne()
    {
        using var folder = new TemporaryFolder();
        new SafetensorsWriter().Write(folder.File("empty.safetensors"));
        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], File.ReadAllBytes(folder.File("empty.safetensors")));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}""", "dtype \"F4\" is not supported; supported are F32")]
    [InlineData("""{"a":{"dtype":"F9","shape":[2],"data_offsets":[0,1]}}""", "dtype \"F9\" is unknown")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "dtype occurs twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}""", "this name occurs twice")]
    [InlineData("""{"__metadata__":{"x":"1","x":"2"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "__metadata__.x: this key occurs twice")]
    [InlineData("""{"__metadata__":{"x":null},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "expected a string, found null")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1]}}""", "F32 of shape [1] takes 4 bytes, but data_offsets span 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}""", "shape: expected at most 64 whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", "1 bytes follow the last tensor")]
    public void AWrongHeaderIsExplained(string header, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("wrong.safetensors");
        byte[] text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)text.Length), .. text, 0]);
        var refusal = Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(path));
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheIndexSaysWhichFileIsMeant()
    {
        using var folder = new TemporaryFolder();
        WriteOne(folder.File("one.safetensors"), "a", 1);
        WriteOne(folder.File("two.safetensors"), "a", 2);
        File.WriteAllText(folder.File("broken.safetensors"), "not opened");
        File.WriteAllText(folder.File(SafetensorsFolder.IndexName), """{"metadata": {"total_size": 1}, "weight_map": {"a": "two.safetensors"}}""");
        foreach (string path in (string[])[folder.Path, folder.File(SafetensorsFolder.IndexName)])
        {
            using var opened = (SafetensorsFolder)CheckpointFile.Open(path);
            Assert.Equal([2], opened.Get("a").AllBytes());
            Assert.Single(opened.Files);
            Assert.Single(opened.FindAll("a"));
        }
    }

    [Fact]
    public void WithoutAnIndexNamesAreUnique()
    {
        using var folder = new TemporaryFolder();
        WriteOne(folder.File("one.safetensors"), "a", 1);
        WriteOne(folder.File("two.safetensors"), "b", 2);
        using (SafetensorsFolder opened = SafetensorsFolder.Open(folder.Path))
            Assert.Equal(["a", "b"], opened.Tensors.Select(t => t.Name));
        WriteOne(folder.File("three.safetensors"), "b", 3);
        var refusal = Assert.Throws<ModelFileException>(() => SafetensorsFolder.Open(folder.Path));
        Assert.Contains("three.safetensors", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("two.safetensors", refusal.Message, StringComparison.Ordinal);
        WriteOne(folder.File("model.safetensors"), "c", 4);
        using (SafetensorsFolder opened = SafetensorsFolder.Open(folder.Path))
            Assert.Equal(["c"], opened.Tensors.Select(t => t.Name));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PiecesOfATensorAreFound(bool hasIndex)
    {
        using var folder = new TemporaryFolder();
        WriteOne(folder.File("m-00000-TP-common.safetensors"), "norm", 9);
        for (byte piece = 0; piece < 3; piece++) WriteOne(folder.File($"m-00001-TP-00{piece}.safetensors"), "expert", piece);
        if (hasIndex)
            File.WriteAllText(folder.File(SafetensorsFolder.IndexName),
                """{"weight_map": {"norm": "m-00000-TP-common.safetensors", "expert": "m-00001-TP-002.safetensors"}}""");
        using SafetensorsFolder opened = SafetensorsFolder.Open(folder.Path);
        Assert.Equal(["norm", "expert"], opened.Tensors.Select(t => t.Name));
        Assert.Equal([0, 1, 2], opened.FindAll("expert").Select(t => (int)t.AllBytes()[0]));
        Assert.Single(opened.FindAll("norm"));
        Assert.Empty(opened.FindAll("other"));
        Assert.Empty(opened.Unmapped);
    }

    [Theory]
    [InlineData("""{"weight_map": {"a": "sub\\one.safetensors"}}""", "not the name of a safetensors file in the same folder")]
    [InlineData("""{"weight_map": {"a": "C:one.safetensors"}}""", "not the name of a safetensors file in the same folder")]
    [InlineData("""{"weight_map": {"a": ".."}}""", "not the name of a safetensors file in the same folder")]
    [InlineData("""{"weight_map": {"a": 1}}""", "expected a file name, found a number")]
    [InlineData("""{"weight_map": {"a": "one.safetensors", "\u0061": "one.safetensors"}}""", "weight_map.a: this tensor occurs twice")]
    [InlineData("""{"weight_map": {}, "weight_map": {}}""", "weight_map: this key occurs twice")]
    [InlineData("""{}""", "weight_map: this key is missing")]
    [InlineData("""[]""", "expected a JSON object")]
    [InlineData("""{"weight_map": {"b": "one.safetensors"}}""", "one.safetensors does not hold this tensor")]
    public void AWrongIndexIsExplained(string index, string message)
    {
        using var folder = new TemporaryFolder();
        WriteOne(folder.File("one.safetensors"), "a", 1);
        File.WriteAllText(folder.File(SafetensorsFolder.IndexName), index);
        var refusal = Assert.Throws<ModelFileException>(() => SafetensorsFolder.Open(folder.Path));
        Assert.StartsWith(folder.File(SafetensorsFolder.IndexName), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TensorsBesideTheMapAreReported()
    {
        using SafetensorsFolder opened = SafetensorsFolder.Open(Shared.Golden("malformed", "safetensors", "ok-index-extra"));
        Assert.Equal(["a"], opened.Tensors.Select(t => t.Name));
        Assert.NotEmpty(opened.Unmapped);
        Assert.Single(opened.Files);
    }

    [Fact]
    public void TheSharedFilesOpen()
    {
        string[] paths = [.. Directory.GetFiles(Shared.Get("data", "weights", "safetensors"), "*.safetensors"),
            .. Directory.GetDirectories(Shared.Get("golden", "models"))];
        foreach (string path in paths)
        {
            using Checkpoint file = CheckpointFile.Open(path);
            Assert.NotEmpty(file.Tensors);
            Reading.SumAll(file);
        }
        using SafetensorsFolder grok = SafetensorsFolder.Open(Shared.Get("golden", "models", "grok-2-presharded"));
        Assert.Equal(5, grok.Files.Count);
        Assert.Equal(4, grok.FindAll("model.layers.0.block_sparse_moe.experts.0.w1.weight").Count);
    }

    /// <summary>Files of the reference writer, read and written again, are the same byte for byte.</summary>
    [Fact]
    public void TheWriterAgreesWithTheReference()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. Directory.GetFiles(Shared.Get("golden", "models"), "model.safetensors", SearchOption.AllDirectories)];
        Assert.NotEmpty(paths);
        foreach (string path in paths)
        {
            var writer = new SafetensorsWriter();
            using (SafetensorsFile file = SafetensorsFile.Open(path))
            {
                foreach ((string key, string value) in file.Metadata) writer.Metadata.Add(key, value);
                foreach (StoredTensor tensor in file.Tensors)
                    writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape, stream => stream.Write(tensor.AllBytes()));
                writer.Write(folder.File("copy.safetensors"));
            }
            Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(folder.File("copy.safetensors"))), path);
        }
    }

    [Fact]
    public void TheWriterRefusesWhatSafetensorsCannotHold()
    {
        var writer = new SafetensorsWriter();
        writer.AddTensor("a", TensorType.U8, [0], _ => { });
        Assert.Throws<ArgumentException>(() => writer.AddTensor("a", TensorType.U8, [0], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("__metadata__", TensorType.U8, [0], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("q", TensorType.Q4_0, [32], _ => { }));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("n", TensorType.U8, [long.MaxValue, 2], _ => { }));
    }

    static void WriteOne(string path, string tensor, byte value)
    {
        var writer = new SafetensorsWriter();
        writer.AddTensor(tensor, TensorType.U8, [1], stream => stream.WriteByte(value));
        writer.Write(path);
    }
}
