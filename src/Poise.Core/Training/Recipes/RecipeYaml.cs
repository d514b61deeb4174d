using Poise.Tensors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Poise.Core.Training.Recipes;

/// <summary>
/// Reads the YAML that a recipe needs: sections, lists and plain values in one document. Anchors, aliases and tags are refused,
/// so that what stands in a line is what holds.
/// </summary>
sealed class RecipeYaml
{
    const int MaxCharacters = 1 << 20, MaxDepth = 8, MaxNodes = 20_000;

    readonly string _file;
    readonly Parser _parser;
    int _nodes;

    RecipeYaml(string text, string file)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    public static RecipeNode.Section Read(string text, string file)
    {
        if (text.Length > MaxCharacters) throw new PoiseException($"{file}: {text.Length:N0} characters are too many for a recipe.");
        try
        {
            return new RecipeYaml(text, file).ReadDocument();
        }
        catch (YamlException e)
        {
            throw new PoiseException($"{file}, line {e.Start.Line}: this is not YAML: {e.Message}", e);
        }
    }

    /// <summary>An error of the person who wrote the file.</summary>
    public static PoiseException Error(string file, int line, string problem) => new($"{file}, line {line}: {problem}");

    RecipeNode.Section ReadDocument()
    {
        Next<StreamStart>();
        if (!Move() || _parser.Current is not DocumentStart) throw Error(_file, 1, "the recipe is empty. recipes/README.md lists what it may hold.");
        Move();
        RecipeNode root = ReadNode(0);
        Next<DocumentEnd>();
        Move();
        if (_parser.Current is not StreamEnd) throw Error(_file, Line(_parser.Current!), "a second document begins here; a recipe is one.");
        return root as RecipeNode.Section ?? throw Error(_file, root.Line, "a recipe begins with a setting, as in 'model: gpt-oss-20b'.");
    }

    // The current event begins the node; afterwards it is the node's last.
    RecipeNode ReadNode(int depth)
    {
        ParsingEvent start = _parser.Current!;
        int line = Line(start);
        if (depth > MaxDepth) throw Error(_file, line, $"more than {MaxDepth} levels are too deep for a recipe.");
        if (++_nodes > MaxNodes) throw Error(_file, line, $"more than {MaxNodes:N0} values are too many for a recipe.");
        if (start is AnchorAlias || start is NodeEvent { Anchor.IsEmpty: false }) throw Error(_file, line, "anchors and aliases (& and *) have no place in a recipe; write the value itself.");
        if (start is NodeEvent { Tag.IsEmpty: false }) throw Error(_file, line, "tags (!) have no place in a recipe.");
        return start switch
        {
            Scalar scalar => new RecipeNode.Scalar(line, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadList(line, depth),
            MappingStart => ReadSection(line, depth),
            _ => throw Error(_file, line, "a value was expected."),
        };
    }

    RecipeNode.List ReadList(int line, int depth)
    {
        var items = new List<RecipeNode>();
        while (Move() && _parser.Current is not SequenceEnd) items.Add(ReadNode(depth + 1));
        return new RecipeNode.List(line, items);
    }

    RecipeNode.Section ReadSection(int line, int depth)
    {
        var entries = new List<(string Key, int Line, RecipeNode Value)>();
        while (Move() && _parser.Current is not MappingEnd)
        {
            int at = Line(_parser.Current!);
            if (ReadNode(depth + 1) is not RecipeNode.Scalar key) throw Error(_file, at, "the name of a setting was expected.");
            foreach ((string known, int before, _) in entries)
                if (known == key.Text) throw Error(_file, at, $"'{key.Text}' stands here again, after line {before}.");
            Move();
            entries.Add((key.Text, at, ReadNode(depth + 1)));
        }
        return new RecipeNode.Section(line, entries);
    }

    void Next<T>() where T : ParsingEvent
    {
        if (!Move() || _parser.Current is not T) throw Error(_file, _parser.Current is null ? 1 : Line(_parser.Current), "this is not a document of YAML.");
    }

    bool Move()
    {
        int line = _parser.Current is { } before ? (int)before.End.Line : 1;
        try
        {
            while (_parser.MoveNext())
                if (_parser.Current is not YamlDotNet.Core.Events.Comment) return true;
            return false;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException or NullReferenceException)
        {
            // What the scanner throws at some malformed texts besides its own exception.
            throw Error(_file, line, "this is not YAML, from here or a little later.");
        }
    }

    static int Line(ParsingEvent e) => (int)e.Start.Line;
}
