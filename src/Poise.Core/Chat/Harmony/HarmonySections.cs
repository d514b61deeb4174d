using System.Text;
using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Chat.Harmony;

/// <summary>The texts of system and developer messages: sections with an empty line between them.</summary>
static class HarmonySections
{
    /// <param name="functions">Whether a developer message of the conversation has functions.</param>
    public static string TextOf(HarmonySystem system, bool functions)
    {
        var sections = new List<string>();
        string[] head =
        [
            .. system.ModelIdentity is { } identity ? [identity] : Array.Empty<string>(),
            .. system.KnowledgeCutoff is { } cutoff ? ["Knowledge cutoff: " + cutoff] : Array.Empty<string>(),
            .. system.StartDate is { } date ? ["Current date: " + date] : Array.Empty<string>(),
        ];
        if (head.Length > 0) sections.Add(string.Join('\n', head));
        if (system.Effort is { } effort) sections.Add("Reasoning: " + effort switch { ReasoningEffort.Low => "low", ReasoningEffort.Medium => "medium", _ => "high" });
        if (system.Tools.Count > 0) sections.Add(TextOf(system.Tools));
        if (system.Channels.Count > 0)
        {
            sections.Add($"# Valid channels: {string.Join(", ", system.Channels)}."
                + (system.ChannelRequired ? " Channel must be included for every message." : "")
                + (functions ? $"\nCalls to these tools must go to the commentary channel: '{HarmonySpelling.Functions}'." : ""));
        }
        return string.Join("\n\n", sections);
    }

    public static string TextOf(HarmonyDeveloper developer)
    {
        var sections = new List<string>();
        if (developer.Instructions is { } instructions) sections.AddRange(["# Instructions", instructions]);
        if (developer.Tools.Count > 0) sections.Add(TextOf(developer.Tools));
        return string.Join("\n\n", sections);
    }

    static string TextOf(IReadOnlyList<HarmonyNamespace> tools) =>
        "# Tools\n\n" + string.Join("\n\n", tools.OrderBy(n => Encoding.UTF8.GetBytes(n.Key), ByteOrder.Instance).Select(TextOf));

    static string TextOf(HarmonyNamespace space)
    {
        bool any = space.Functions.Count > 0;
        var lines = new List<string> { $"## {space.Name}\n" };
        if (space.Description is { } description) lines.AddRange(Lines(description).Select(l => any ? "// " + l : l));
        if (any)
        {
            lines.Add($"namespace {space.Name} {{\n");
            foreach (HarmonyFunction function in space.Functions)
            {
                lines.AddRange(Lines(function.Description).Select(l => "// " + l));
                lines.Add(function.Parameters is { } parameters
                    ? $"type {function.Name} = (_: {TypeOf(function.Name, parameters)}) => any;\n"
                    : $"type {function.Name} = () => any;\n");
            }
            lines.Add($"}} // namespace {space.Name}");
        }
        return string.Join('\n', lines);
    }

    static string TypeOf(string function, JsonElement parameters)
    {
        try
        {
            return HarmonySchema.TypeOf(parameters);
        }
        catch (InvalidOperationException)
        {
            // The reader has no other complaint about a string that an escape makes half a character.
            throw new PoiseException($"A string in the parameters of the function {function} is not well-formed Unicode.");
        }
    }

    /// <summary>Lines without their breaks; a break at the end begins no further line.</summary>
    static IEnumerable<string> Lines(string text)
    {
        if (text.Length == 0) return [];
        string[] lines = text.Split('\n');
        IEnumerable<string> whole = lines[^1].Length == 0 ? lines[..^1] : lines;
        // Only a break of two characters has its first one removed, which the last line lacks.
        return whole.Select((l, i) => l.EndsWith('\r') && i < lines.Length - 1 ? l[..^1] : l);
    }

    /// <summary>Strings by their bytes; UTF-16 orders some of them otherwise.</summary>
    sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
