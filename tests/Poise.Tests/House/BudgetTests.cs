using System.Text.RegularExpressions;

namespace Poise.Tests.House;

/// <summary>Complexity has a budget: short files, each with one concept and named after it.</summary>
public sealed partial class BudgetTests
{
    const int SourceLines = 400;
    const int TestLines = 600;

    // Tables of data only; code is split instead.
    static readonly string[] s_longTables = [];

    // Several types of a few lines each that are one concept together.
    static readonly string[] s_families = ["src/Poise.Tensors/Quantization/PlainFormats.cs"];

    [Fact]
    public void NoFileIsLongerThanItsBudget()
    {
        var tooLong =
            from file in SourceTree.Files
            where file.EndsWith(".cs", StringComparison.Ordinal) && !s_longTables.Contains(file)
            let lines = SourceTree.Lines(file).Length
            where lines > (file.StartsWith("tests/", StringComparison.Ordinal) ? TestLines : SourceLines)
            select $"{file}: {lines} lines";
        Assert.Empty(tooLong);
    }

    [Fact]
    public void AFileIsNamedAfterATypeInIt()
    {
        var misnamed =
            from file in SourceTree.Sources("src").Concat(SourceTree.Sources("tests"))
            let name = Path.GetFileName(file).Split('.')[0]
            where name is not ("Program" or "AssemblyInfo" or "GlobalUsings") && !s_families.Contains(file)
            where !TypeName().Matches(SourceTree.Code(file)).Any(m => m.Groups[1].Value == name)
            select file;
        Assert.Empty(misnamed);
    }

    [Fact]
    public void NothingIsLeftForLater()
    {
        // Spelled in two halves, so that this line does not find itself.
        string[] words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "NotImplemented" + "Exception"];
        var found =
            from file in SourceTree.Sources("src").Concat(SourceTree.Sources("tests"))
            from word in words
            where SourceTree.Read(file).Contains(word, StringComparison.Ordinal)
            select $"{file}: {word}";
        Assert.Empty(found);
    }

    [GeneratedRegex(@"\b(?:record\s+struct|record\s+class|class|struct|record|interface|enum|delegate\s+\w+)\s+(\w+)")]
    private static partial Regex TypeName();
}
