using System.Text.RegularExpressions;
using Poise.Tests.Support;

namespace Poise.Tests.House;

/// <summary>The repository's own files, for the tests that watch over its order. Build outputs are left out.</summary>
static partial class SourceTree
{
    static readonly string[] s_ignored = [".git", "artifacts", "bin", "obj", ".vs", ".idea", "TestResults", "BenchmarkDotNet.Artifacts", "node_modules"];

    /// <summary>Set to 1, the generated parts of README.md and docs are rewritten instead of compared.</summary>
    public static bool Update => Environment.GetEnvironmentVariable("POISE_UPDATE_DOCS") == "1";

    public static string Root => Shared.RepositoryRoot;

    /// <summary>Paths below the root with forward slashes, in order.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    /// <summary>All C# sources below a folder.</summary>
    public static IEnumerable<string> Sources(string folder) => Files.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    /// <summary>The code without comments and strings, so that words in them do not count.</summary>
    public static string Code(string path) => CommentOrString().Replace(Read(path), match => match.Value[0] == '/' ? " " : "\"\"");

    static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder)) yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (s_ignored.Contains(Path.GetFileName(child)) || new DirectoryInfo(child).LinkTarget is not null) continue;
            foreach (string file in Walk(child)) yield return file;
        }
    }

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\"\"\"+.*?\"\"\"+|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();
}
