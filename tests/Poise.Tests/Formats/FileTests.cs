using System.Diagnostics;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Formats;

/// <summary>Mapping, atomic writing, and telling files apart.</summary>
public class FileTests
{
    [Fact]
    public void AFileLargerThanTheMemoryIsMappedAtOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs sparse files");
        const long Length = 1L << 40;
        using var folder = new TemporaryFolder();
        string path = folder.File("sparse");
        try
        {
            using FileStream stream = File.Create(path);
            stream.SetLength(Length);
            stream.Position = Length - 1;
            stream.WriteByte(7);
        }
        catch (IOException)
        {
            Assert.Skip("this file system has no sparse files of 1 TB");
        }
        Stopwatch watch = Stopwatch.StartNew();
        using MappedFile file = MappedFile.Open(path);
        Assert.InRange(watch.Elapsed.TotalMilliseconds, 0, 500);
        Assert.Equal(Length, file.Length);
        Assert.Equal(7, file.Span(Length - 1, 1)[0]);
        file.Advise(0, Length, MappedAdvice.Random);
        file.Advise(Length - 5000, 5000, MappedAdvice.DoNotNeed);
        file.Advise(3, 1, MappedAdvice.DoNotNeed);
        file.Advise(12_345, 100, MappedAdvice.WillNeed);
        Assert.Equal(7, file.Span(Length - 1, 1)[0]);
    }

    [Fact]
    public void SpansStayInside()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("ten"), new byte[10]);
        MappedFile file = MappedFile.Open(folder.File("ten"));
        Assert.Equal(10, file.Span(0, 10).Length);
        Assert.Equal(0, file.Span(10, 0).Length);
        foreach ((long offset, int length) in ((long, int)[])[(0, 11), (-1, 2), (10, 1), (long.MaxValue, 1), (1, int.MaxValue), (2, -1), (long.MinValue, 1)])
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(offset, length).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Advise(5, 6, MappedAdvice.WillNeed));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Advise(1, long.MaxValue, MappedAdvice.WillNeed));
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Span(0, 1).Length);
    }

    [Fact]
    public void WhatCannotBeOpenedIsExplained()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal($"{folder.File("none")} does not exist.", Message(folder.File("none")));
        Assert.Equal($"{folder.File("no/such")} does not exist.", Message(folder.File("no/such")));
        Assert.Equal($"{folder.Path} is a folder; a file was expected.", Message(folder.Path));
        File.Create(folder.File("empty")).Dispose();
        Assert.Equal($"{folder.File("empty")}: file: it is empty", Message(folder.File("empty")));
        if (!OperatingSystem.IsWindows() && Environment.UserName != "root")
        {
            File.WriteAllText(folder.File("secret"), "x");
            File.SetUnixFileMode(folder.File("secret"), UnixFileMode.None);
            Assert.Equal($"{folder.File("secret")} cannot be read: permission denied.", Message(folder.File("secret")));
        }

        static string Message(string path) => Assert.ThrowsAny<PoiseException>(() => MappedFile.Open(path)).Message;
    }

    [Fact]
    public void TheContentDecidesWhatAFileIs()
    {
        using var folder = new TemporaryFolder();
        SampleFiles.Gguf().Write(folder.File("a.bin"));
        SampleFiles.Safetensors().Write(folder.File("b.bin"));
        File.WriteAllText(folder.File("c.bin"), "PK\x03\x04 a pickle");
        File.WriteAllText(folder.File("d.gguf"), "other");
        using (Checkpoint file = CheckpointFile.Open(folder.File("a.bin"))) Assert.IsType<GgufFile>(file);
        using (Checkpoint file = CheckpointFile.Open(folder.File("b.bin"))) Assert.IsType<SafetensorsFile>(file);
        Assert.Contains("convert it to safetensors", Refusal(folder.File("c.bin")), StringComparison.Ordinal);
        Assert.Contains("not a GGUF file", Refusal(folder.File("d.gguf")), StringComparison.Ordinal);
        File.Delete(folder.File("d.gguf"));
        Assert.Contains("holds neither", Refusal(folder.Path), StringComparison.Ordinal);
        SampleFiles.Gguf().Write(folder.File("a.gguf"));
        using (Checkpoint file = CheckpointFile.Open(folder.Path)) Assert.IsType<GgufFile>(file);
        SampleFiles.Gguf().Write(folder.File("b.gguf"));
        Assert.Contains("holds 2 GGUF models", Refusal(folder.Path), StringComparison.Ordinal);

        static string Refusal(string path) => Assert.ThrowsAny<PoiseException>(() => CheckpointFile.Open(path)).Message;
    }

    [Fact]
    public void AFailedWriteLeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("file");
        AtomicFile.Write(path, stream => stream.Write("old"u8));
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        Assert.Throws<PoiseException>(() => AtomicFile.Write(folder.File("no/such"), _ => { }));
        Assert.Throws<PoiseException>(() => AtomicFile.Write(folder.Path, _ => { }));
    }

    [Fact]
    public void ACallbackThatMiscountsLeavesNoFile()
    {
        using var folder = new TemporaryFolder();
        foreach (int written in (int[])[3, 5])
        {
            var gguf = new GgufWriter();
            gguf.AddTensor("t", TensorType.F32, [1], stream => stream.Write(new byte[written]));
            Assert.Throws<InvalidOperationException>(() => gguf.Write(folder.File("a.gguf")));
            Assert.Throws<InvalidOperationException>(() => gguf.WriteSplit(folder.File("a"), 100));
            var safetensors = new SafetensorsWriter();
            safetensors.AddTensor("t", TensorType.F32, [1], stream => stream.Write(new byte[written]));
            Assert.Throws<InvalidOperationException>(() => safetensors.Write(folder.File("a.safetensors")));
        }
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
