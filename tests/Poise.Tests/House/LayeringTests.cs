using System.Text.RegularExpressions;

namespace Poise.Tests.House;

/// <summary>Arrows go down only: between projects, and between the folders of Poise.Core.</summary>
public sealed partial class LayeringTests
{
    /// <summary>Project: the projects that it may refer to.</summary>
    static readonly Dictionary<string, string[]> s_projects = new()
    {
        ["Poise.Tensors"] = [],
        ["Poise.Core"] = ["Poise.Tensors"],
        ["Poise.Assembler"] = ["Poise.Tensors"],
        ["Poise.Cli"] = ["Poise.Core", "Poise.Assembler", "Poise.Tensors"],
    };

    /// <summary>Folder of Poise.Core: the other folders that it may use. Every folder may use Poise.Tensors.</summary>
    static readonly Dictionary<string, string[]> s_coreFolders = new()
    {
        ["Tokenizers"] = [],
        ["Layers"] = [],
        ["Models"] = ["Layers"],
        ["Generation"] = [],
        ["Engine"] = ["Models", "Generation", "Layers"],
        ["Chat"] = ["Tokenizers"],
        ["Library"] = ["Models", "Layers", "Tokenizers", "Generation"],
        ["Adapters"] = ["Models", "Layers", "Library"],
        ["Training"] = ["Models", "Layers", "Library", "Chat", "Tokenizers", "Generation", "Engine", "Adapters"],
        ["Pretraining"] = ["Adapters", "Library", "Layers", "Models", "Nano", "Tokenizers", "Training"],
        ["Nano"] = ["Chat", "Tokenizers", "Training", "Client", "Engine", "Generation"],
        ["Client"] = ["Chat", "Engine", "Library", "Models", "Tokenizers", "Generation", "Layers", "Adapters"],
    };

    /// <summary>Folder of Poise.Tensors: the other folders that it may use.</summary>
    static readonly Dictionary<string, string[]> s_tensorFolders = new()
    {
        ["Quantization"] = [],
        ["Threading"] = [],
        ["Formats"] = ["Quantization"],
        ["Kernels"] = ["Quantization", "Threading"],
        ["Cache"] = ["Kernels", "Quantization"],
        ["Matrices"] = ["Kernels", "Formats", "Quantization", "Threading"],
    };

    [Fact]
    public void ProjectsReferDownwards()
    {
        var wrong =
            from project in s_projects.Keys
            from Match match in ProjectReference().Matches(SourceTree.Read($"src/{project}/{project}.csproj"))
            let target = match.Groups[1].Value
            where !s_projects[project].Contains(target)
            select $"{project} -> {target}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void SourcesUseNoProjectAbove()
    {
        var wrong =
            from project in s_projects.Keys
            from file in SourceTree.Sources($"src/{project}")
            let code = SourceTree.Code(file)
            from other in s_projects.Keys
            where other != project && !s_projects[project].Contains(other) && Regex.IsMatch(code, $@"\b{Regex.Escape(other)}\b")
            select $"{file} -> {other}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void FoldersOfCoreUseFoldersBelow() => Assert.Empty(WrongArrows("Poise.Core", s_coreFolders));

    [Fact]
    public void FoldersOfTensorsUseFoldersBelow() => Assert.Empty(WrongArrows("Poise.Tensors", s_tensorFolders));

    [Fact]
    public void TheTablesHaveNoCircles()
    {
        foreach (Dictionary<string, string[]> table in (Dictionary<string, string[]>[])[s_projects, s_coreFolders, s_tensorFolders])
            foreach ((string folder, string[] below) in table)
                foreach (string other in below)
                    Assert.False(Reaches(table, other, folder), $"{other} leads back to {folder}");
    }

    static bool Reaches(Dictionary<string, string[]> table, string from, string to) =>
        from == to || table[from].Any(next => Reaches(table, next, to));

    static IEnumerable<string> WrongArrows(string project, Dictionary<string, string[]> allowed)
    {
        foreach (string file in SourceTree.Sources($"src/{project}"))
        {
            string[] parts = file.Split('/');
            if (parts.Length < 4) continue;
            string folder = parts[2];
            if (!allowed.TryGetValue(folder, out string[]? below))
            {
                yield return $"{file}: the folder {folder} has no row in the table of arrows";
                continue;
            }
            foreach (Match match in Regex.Matches(SourceTree.Code(file), $@"\b{Regex.Escape(project)}\.(\w+)"))
            {
                string target = match.Groups[1].Value;
                string arrow = $"{file} -> {target}";
                if (target != folder && allowed.ContainsKey(target) && !below.Contains(target)) yield return arrow;
            }
        }
    }

    [GeneratedRegex("""<ProjectReference Include="[^"]*?([^/\\"]+)\.csproj""")]
    private static partial Regex ProjectReference();
}
