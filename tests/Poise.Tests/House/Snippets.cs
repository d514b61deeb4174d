using System.Text;
using System.Text.RegularExpressions;

namespace Poise.Tests.House;

/// <summary>Reads the documents: their fenced blocks and links.</summary>
static partial class Snippets
{
    /// <summary>Every Markdown file that is not golden data.</summary>
    public static IEnumerable<string> Documents => SourceTree.Files.Where(
        f => f.EndsWith(".md", StringComparison.Ordinal) && !f.StartsWith("tests/golden/", StringComparison.Ordinal));

    public static IEnumerable<(string Language, string Text)> Blocks(string file) =>
        Fence().Matches(SourceTree.Read(file)).Select(m => (m.Groups[1].Value, m.Groups[2].Value));

    /// <summary>The command lines of a document's <c>sh</c> blocks, without comments.</summary>
    public static IReadOnlyList<string> Commands(string file) =>
    [
        .. from block in Blocks(file)
           where block.Language == "sh"
           from line in block.Text.Split('\n')
           let command = line.Split(" #")[0].Trim()
           where command.Length > 0 && command[0] != '#'
           select command,
    ];

    public static IEnumerable<string> Links(string file) => Link().Matches(Fence().Replace(SourceTree.Read(file), "")).Select(m => m.Groups[1].Value);

    /// <summary>
    /// The arguments that <c>poise</c> gets from a command line, or null where the line runs something else.
    /// What a pipe or a redirection adds is not the verb's business and is cut.
    /// </summary>
    public static string[]? PoiseArguments(string command)
    {
        foreach (string stage in command.Split(" | "))
        {
            List<string> words = Split(stage);
            if (words.Count == 0) continue;
            int start = words[0] == "poise" ? 1
                : words is ["dotnet", "run", ..] && words.Contains("src/Poise.Cli") ? words.IndexOf("--") + 1 : 0;
            if (start > 0) return [.. words.Skip(start).TakeWhile(w => w is not (">" or "<" or "2>"))];
        }
        return null;
    }

    /// <summary>Whether lines follow one another in a file just so, but for an indentation that all of them have there.</summary>
    public static bool IsPiece(string[] lines, string[] file) => Enumerable.Range(0, Math.Max(0, file.Length - lines.Length + 1)).Any(at =>
    {
        int indentation = file[at].Length - file[at].TrimStart().Length;
        string indent = new(' ', indentation);
        return Enumerable.Range(0, lines.Length).All(i => file[at + i] == (lines[i].Length > 0 ? indent + lines[i] : ""));
    });

    // As a shell splits simple lines: blanks, single and double quotes.
    static List<string> Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char quote = '\0';
        bool open = false;
        foreach (char c in line)
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '"' or '\'') (quote, open) = (c, true);
            else if (c != ' ') (_, open) = (word.Append(c), true);
            else if (open)
            {
                words.Add(word.ToString());
                word.Clear();
                open = false;
            }
        }
        if (open) words.Add(word.ToString());
        return words;
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```\s*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\[[^\]\n]+\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
