using System.Diagnostics;
using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Formats;

/// <summary>Every file of the malformed set gets its verdict, in time and memory.</summary>
public class MalformedFileTests
{
    const long LargestAllocation = 64 << 20;

    sealed record Case(string File, string Verdict, string Level, string Reason);

    static readonly Dictionary<string, Case> s_cases = ReadCases(Shared.Golden("malformed"));

    public static TheoryData<string> Files => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void TheVerdictHolds(string file) => Check(Shared.Golden("malformed"), s_cases[file]);

    [Fact]
    public void TheVerdictsOfTheSharedSetHold()
    {
        string folder = Shared.Get("golden", "malformed");
        Dictionary<string, Case> cases = ReadCases(folder);
        Assert.NotEmpty(cases);
        Assert.All(cases.Values, c => Check(folder, c));
    }

    [Fact]
    public void AllFilesHaveAVerdict()
    {
        string folder = Shared.Golden("malformed");
        IEnumerable<string> files = Directory.EnumerateFileSystemEntries(Path.Combine(folder, "gguf"))
            .Concat(Directory.EnumerateFileSystemEntries(Path.Combine(folder, "safetensors")))
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/') + (Directory.Exists(path) ? "/" : ""))
            .Except(["safetensors/outside.safetensors"]);
        Assert.Equal(s_cases.Keys.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    static void Check(string folder, Case c)
    {
        string path = Path.Combine(folder, c.File.TrimEnd('/'));
        Stopwatch watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        PoiseException? refusal = null;
        try
        {
            using Checkpoint checkpoint = CheckpointFile.Open(path);
            Reading.SumAll(checkpoint);
            Assert.DoesNotContain(checkpoint.Tensors, t => t.File.Contains("outside", StringComparison.Ordinal));
        }
        catch (PoiseException e)
        {
            refusal = e;
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LargestAllocation);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1);

        if (refusal is not null)
        {
            Assert.Contains(Path.GetFileName(path), refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refusal.Message);
        }
        switch (c.Verdict)
        {
            case "accept":
                Assert.True(refusal is null, $"{c.File} ({c.Reason}): {refusal?.Message}");
                break;
            case "reject" when c.Level is "container" or "index":
                Assert.True(refusal is ModelFileException, $"{c.File} ({c.Reason}): {refusal?.Message ?? "it was opened"}");
                break;
            default:
                // "either", or a matter of the model and not of its container.
                break;
        }
    }

    static Dictionary<string, Case> ReadCases(string folder)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "verdicts.json")));
        return json.RootElement.EnumerateArray()
            .Select(e => new Case(e.GetProperty("file").GetString()!, e.GetProperty("verdict").GetString()!,
                e.GetProperty("level").GetString()!, e.GetProperty("reason").GetString()!))
            .ToDictionary(c => c.File);
    }
}
