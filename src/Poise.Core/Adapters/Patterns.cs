using System.Text.RegularExpressions;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Adapters;

/// <summary>The regular expressions of an adapter's configuration, which are Python's and come from outside: bounded in time.</summary>
static class Patterns
{
    const int MaximumLength = 4096;

    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    /// <summary>Whether a pattern matches a whole name.</summary>
    public static bool MatchesAll(string pattern, string name) => IsMatch($@"\A(?:{pattern})\z", name);

    /// <summary>Whether a pattern matches a name, or its end after a dot.</summary>
    public static bool MatchesEnd(string pattern, string name) => IsMatch($@"\A(?:.*\.)?(?:{pattern})\z", name);

    /// <summary>The number of the layer that a name belongs to, or null.</summary>
    public static int? LayerOf(string name, IReadOnlyList<string> patterns)
    {
        foreach (string pattern in patterns.Count > 0 ? patterns : ["[^.]*"])
        {
            Match match = Match($@"\A.*\.{pattern}\.([0-9]{{1,6}})\.", name);
            if (match.Success) return int.Parse(match.Groups[^1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
        }

        return null;
    }

    /// <summary>The value of the first pattern that matches the end of a name.</summary>
    public static T Find<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string name, T otherwise)
    {
        foreach ((string pattern, T value) in patterns)
            if (MatchesEnd(pattern, name)) return value;
        return otherwise;
    }

    /// <summary>Returns a pattern that can be used; refuses one that cannot.</summary>
    public static string Check(string pattern, JsonConfig json, string key)
    {
        if (pattern.Length > MaximumLength) throw json.Error(key, $"a pattern of {pattern.Length} characters is too long");
        try
        {
            IsMatch($"(?:{pattern})", "");
            return pattern;
        }
        catch (ArgumentException e)
        {
            throw json.Error(key, $"\"{(pattern.Length <= 60 ? pattern : pattern[..60] + "…")}\" is not a regular expression that Poise reads: {e.Message}");
        }
    }

    static bool IsMatch(string pattern, string name) => Match(pattern, name).Success;

    static Match Match(string pattern, string name)
    {
        try
        {
            return Regex.Match(name, pattern, RegexOptions.CultureInvariant, s_limit);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new PoiseException($"A pattern in the adapter's configuration takes too long to match \"{name}\": simplify it, or list the modules.", e);
        }
    }
}
