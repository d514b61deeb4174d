using System.Globalization;
using Poise.Tensors;

namespace Poise.Core.Training.Recipes;

/// <summary>
/// Takes the settings out of a section one by one. What is asked for is what there may be: <see cref="Finish"/> refuses the rest
/// by name, so a setting that has no meaning beside another (a momentum for AdamW) is an error and not ignored.
/// </summary>
sealed class RecipeSection(string file, string path, RecipeNode.Section node)
{
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public int Line => node.Line;

    public bool Has(string key) => Find(key) is not null;

    public RecipeSection? Section(string key) => Find(key) switch
    {
        null => null,
        RecipeNode.Section section => new RecipeSection(file, $"{Name(key)}", section),
        { } other => throw Error(other.Line, key, "settings of its own were expected below it"),
    };

    /// <param name="fallback">Null where the setting has to be there.</param>
    public string Text(string key, string? fallback = null)
    {
        if (Find(key) is not { } value) return fallback ?? throw Missing(key);
        return TextOf(key, value);
    }

    public string Choice(string key, IReadOnlyList<string> choices, string? fallback = null)
    {
        string text = Text(key, fallback);
        return choices.Contains(text) ? text : throw Error(LineOf(key), key, $"'{text}' is none of {string.Join(", ", choices)}");
    }

    public bool Switch(string key, bool fallback) => Find(key) switch
    {
        null => fallback,
        RecipeNode.Scalar { Plain: true, Text: "true" } => true,
        RecipeNode.Scalar { Plain: true, Text: "false" } => false,
        { } other => throw Error(other.Line, key, "true or false was expected"),
    };

    public long Whole(string key, long from, long to, long? fallback = null)
    {
        if (Find(key) is not { } value) return fallback ?? throw Missing(key);
        if (value is RecipeNode.Scalar { Plain: true } scalar
            && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= from && number <= to)
            return number;
        throw Error(value.Line, key, string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} to {to} was expected"));
    }

    public double Number(string key, double from, double to, double? fallback = null)
    {
        if (Find(key) is not { } value) return fallback ?? throw Missing(key);
        return NumberOf(key, value, from, to);
    }

    public IReadOnlyList<double> Numbers(string key, int count, double from, double to, IReadOnlyList<double> fallback)
    {
        if (Find(key) is not { } value) return fallback;
        if (value is not RecipeNode.List list || list.Items.Count != count) throw Error(value.Line, key, $"a list of {count} numbers was expected");
        return [.. list.Items.Select(item => NumberOf(key, item, from, to))];
    }

    /// <summary>A list of texts; one text alone is a list of one.</summary>
    public IReadOnlyList<string> Texts(string key) => Find(key) switch
    {
        null => [],
        RecipeNode.List list => [.. list.Items.Select(item => TextOf(key, item))],
        { } one => [TextOf(key, one)],
    };

    public IReadOnlyList<int> Indices(string key, int to)
    {
        if (Find(key) is not { } value) return [];
        IReadOnlyList<RecipeNode> items = value is RecipeNode.List list ? list.Items : [value];
        int[] numbers = [.. items.Select(item => NumberOf(key, item, 0, to) is var n && n == Math.Floor(n) ? (int)n : throw Error(item.Line, key, "a whole number was expected"))];
        return numbers.Distinct().Count() == numbers.Length ? numbers : throw Error(value.Line, key, "a number stands twice");
    }

    public PoiseException Error(string key, string problem) => Error(LineOf(key), key, problem);

    public void Finish()
    {
        foreach ((string key, int line, _) in node.Entries)
        {
            if (_asked.Contains(key)) continue;
            string place = path.Length == 0 ? "at the top" : $"in {path}";
            throw RecipeYaml.Error(file, line, $"there is no setting '{key}' {place}, or not beside the others here. There are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.");
        }
    }

    RecipeNode? Find(string key)
    {
        _asked.Add(key);
        foreach ((string name, _, RecipeNode value) in node.Entries)
            if (name == key) return value;
        return null;
    }

    int LineOf(string key) => node.Entries.FirstOrDefault(e => e.Key == key) is { Key: not null } entry ? entry.Line : node.Line;

    string TextOf(string key, RecipeNode value)
    {
        if (value is not RecipeNode.Scalar scalar) throw Error(value.Line, key, "a text was expected");
        if (scalar.Text.Length == 0) throw Error(value.Line, key, "it is empty");
        return scalar.Text.All(c => c is '\n' or '\t' || !char.IsControl(c)) ? scalar.Text : throw Error(value.Line, key, "it holds control characters");
    }

    double NumberOf(string key, RecipeNode value, double from, double to)
    {
        if (value is RecipeNode.Scalar { Plain: true } scalar
            && double.TryParse(scalar.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
            && number >= from && number <= to)
            return number == 0 ? 0 : number;
        throw Error(value.Line, key, string.Create(CultureInfo.InvariantCulture, $"a number from {from} to {to} was expected"));
    }

    PoiseException Missing(string key) => RecipeYaml.Error(file, node.Line, $"{Name(key)} is missing.");

    PoiseException Error(int line, string key, string problem) => RecipeYaml.Error(file, line, $"{Name(key)}: {problem}.");

    string Name(string key) => path.Length == 0 ? key : $"{path}.{key}";
}
