namespace Poise.Core.Adapters;

/// <summary>Modules by a regular expression over their whole names, or by a list of names or of their ends after a dot.</summary>
/// <param name="Pattern">Null where there is a list.</param>
public sealed record ModuleSelection(string? Pattern, IReadOnlyList<string> Names)
{
    internal bool IsPattern => Pattern is not null;

    internal bool IsNamed(string module) => Names.Contains(module, StringComparer.Ordinal);

    internal bool Contains(string module) => Pattern is not null ? Patterns.MatchesAll(Pattern, module) : IsNamed(module) || Names.Any(name => IsEnd(module, name));

    /// <summary>Whether a name equals another, or ends in it after a dot.</summary>
    internal static bool IsEnd(string name, string end) =>
        name == end || (name.Length > end.Length && name[^(end.Length + 1)] == '.' && name.EndsWith(end, StringComparison.Ordinal));
}
