using System.Text.RegularExpressions;

namespace Poise.Tests.House;

/// <summary>Memory is handled without checks in one project only, and the repository gives nothing away about machines.</summary>
public sealed partial class SafetyTests
{
    // Text files that may hold any words: they are data.
    const string Data = "tests/golden/";

    [Fact]
    public void OnlyTensorsLeavesTheChecksOut()
    {
        var wrong =
            from file in SourceTree.Sources("src")
            where !file.StartsWith("src/Poise.Tensors/", StringComparison.Ordinal)
            from Match match in Unchecked().Matches(SourceTree.Code(file))
            select $"{file}: {match.Value}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void OnlyTensorsMayBeUnsafe()
    {
        var wrong = SourceTree.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".csproj", StringComparison.Ordinal)
            && !f.Contains("Poise.Tensors", StringComparison.Ordinal) && SourceTree.Read(f).Contains("AllowUnsafeBlocks", StringComparison.Ordinal));
        Assert.Empty(wrong);
    }

    [Fact]
    public void NoPathOfAMachineAndNoRegistryIsNamed()
    {
        string[] extensions = [".cs", ".md", ".props", ".targets", ".csproj", ".slnx", ".json", ".yml", ".yaml", ".sh", ".txt", ".config", ".editorconfig"];
        var wrong =
            from file in SourceTree.Files
            where !file.StartsWith(Data, StringComparison.Ordinal)
            where extensions.Contains(Path.GetExtension(file)) || file == ".ci/run"
            from Match match in Machine().Matches(SourceTree.Read(file))
            select $"{file}: {match.Value}";
        Assert.Empty(wrong);
    }

    [GeneratedRegex(@"\bunsafe\b|\bUnsafe\.|\bMemoryMarshal\.|\bstackalloc\s+\w+\s*\*|\bNativeMemory\.")]
    private static partial Regex Unchecked();

    // The classes in brackets keep the pattern from matching its own source.
    [GeneratedRegex(@"(?<![\w.])/(?:hom[e]|roo[t]|wor[k]|User[s])/\w+|[A-Z]:\\User[s]|api\.nuge[t]\.org|registry\.npmj[s]|pypi\.or[g]|\bproxy\.golan[g]")]
    private static partial Regex Machine();
}
