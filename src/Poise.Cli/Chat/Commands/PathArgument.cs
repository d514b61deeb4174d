using Poise.Tensors;

namespace Poise.Cli.Chat.Commands;

/// <summary>A file name behind a command: <c>~</c> is the home folder, as in a shell.</summary>
static class PathArgument
{
    const int MostCandidates = 200;

    public static string Expand(string command, string argument)
    {
        if (argument.Length == 0) throw new PoiseException($"{command} needs a file name");
        if (argument.Contains('\0') || argument.Contains('\n')) throw new PoiseException($"{command}: this is not a file name");
        return argument == "~" || argument.StartsWith("~/", StringComparison.Ordinal) ? Home() + argument[1..] : argument;
    }

    /// <summary>Files and folders that begin like this; folders end with a slash.</summary>
    public static IReadOnlyList<string> Complete(string argument)
    {
        int slash = argument.LastIndexOf('/');
        string typed = argument[..(slash + 1)], begin = argument[(slash + 1)..];
        string folder = typed.StartsWith("~/", StringComparison.Ordinal) ? Home() + typed[1..] : typed.Length == 0 ? "." : typed;
        try
        {
            return
            [
                .. new DirectoryInfo(folder).EnumerateFileSystemInfos()
                    .Where(entry => entry.Name.StartsWith(begin, StringComparison.Ordinal) && (begin.Length > 0 || entry.Name[0] != '.'))
                    .Select(entry => typed + entry.Name + (entry is DirectoryInfo ? "/" : ""))
                    .Order(StringComparer.Ordinal).Take(MostCandidates),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A folder that cannot be read has nothing to offer.
            return [];
        }
    }

    static string Home() => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
