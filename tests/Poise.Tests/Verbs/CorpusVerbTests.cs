using System.Security.Cryptography;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise corpus</c> as a process.</summary>
public sealed class CorpusVerbTests
{
    [Fact]
    public void TheFileIsWhatItsDigestSays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("corpus.jsonl");
        PoiseProcess.Result result = PoiseProcess.Run("corpus", path, "--seed", "3", "--count", "40");
        Assert.True(result.Code == 0, result.Error);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(40, bytes.Count(b => b == (byte)'\n'));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(bytes)), result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderThatIsNotThereIsSaid()
    {
        using var folder = new TemporaryFolder();
        PoiseProcess.Result result = PoiseProcess.Run("corpus", Path.Combine(folder.File("none"), "corpus.jsonl"));
        Assert.Equal(1, result.Code);
        Assert.Contains("cannot be written", result.Error, StringComparison.Ordinal);
    }
}
