using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace Poise.Cli.Terminal;

/// <summary>Markdown blocks as rows of a given width.</summary>
static class MarkdownRenderer
{
    // Below this many cells containers stop indenting: deep nesting would leave no room for text.
    const int NarrowestText = 16;

    static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseTaskLists()
        .UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough)
        .Build();

    static readonly TextStyle s_rule = TextStyle.Faint;
    static readonly TextStyle s_marker = new(TextColor.Cyan);

    /// <summary>The document, or null where the parser refuses it (nested beyond its limit).</summary>
    public static MarkdownDocument? Parse(string markdown)
    {
        try
        {
            return Markdown.Parse(markdown, s_pipeline);
        }
        catch (ArgumentException)
        {
            // Such text is shown as it stands.
            return null;
        }
    }

    public static List<StyledLine> Render(string markdown, int width) =>
        Parse(markdown) is { } document ? Blocks(document, width, apart: true) : TextFlow.Wrap([new StyledRun(markdown)], width);

    public static List<StyledLine> Render(Block block, int width) => block switch
    {
        HeadingBlock heading => TextFlow.Wrap(MarkdownInlines.Runs(heading.Inline, Heading(heading.Level)), width),
        CodeBlock code => Code(code, width),
        ThematicBreakBlock => [new StyledLine(new string('─', width), s_rule)],
        Table table => MarkdownTable.Render(table, width),
        ListBlock list => List(list, width),
        QuoteBlock quote => Indent(quote, "│ ", "│ ", s_rule, width),
        HtmlBlock html => TextFlow.Wrap([new StyledRun(html.Lines.ToString())], width),
        LeafBlock leaf when leaf.Inline is not null => TextFlow.Wrap(MarkdownInlines.Runs(leaf.Inline, default), width),
        LinkReferenceDefinitionGroup => [],
        ContainerBlock container => Blocks(container, width, apart: true),
        LeafBlock leaf => TextFlow.Wrap([new StyledRun(leaf.Lines.ToString())], width),
        _ => [],
    };

    static List<StyledLine> Blocks(ContainerBlock container, int width, bool apart)
    {
        var lines = new List<StyledLine>();
        foreach (Block block in container)
        {
            List<StyledLine> rendered = Render(block, width);
            if (rendered.Count == 0) continue;
            if (apart && lines.Count > 0) lines.Add(StyledLine.Empty);
            lines.AddRange(rendered);
        }
        return lines;
    }

    static TextStyle Heading(int level) => level switch
    {
        1 => new TextStyle(TextColor.Magenta, Bold: true, Underline: true),
        2 => new TextStyle(TextColor.Magenta, Bold: true),
        _ => TextStyle.Strong,
    };

    static List<StyledLine> Code(CodeBlock code, int width)
    {
        string language = (code as FencedCodeBlock)?.Info ?? "";
        IEnumerable<StyledRun> runs = SyntaxColors.Runs(language, code.Lines.ToString());
        return [.. TextFlow.Wrap(runs, width - 2, words: false).Select(line => new StyledLine("  ") + line)];
    }

    static List<StyledLine> List(ListBlock list, int width)
    {
        var lines = new List<StyledLine>();
        int number = int.TryParse(list.OrderedStart, out int start) ? start : 1;
        int numberWidth = $"{number + list.Count - 1}".Length;
        foreach (Block item in list)
        {
            string marker = list.IsOrdered ? $"{number++}".PadLeft(numberWidth) + ". " : "• ";
            if (list.IsLoose && lines.Count > 0) lines.Add(StyledLine.Empty);
            lines.AddRange(Indent((ContainerBlock)item, marker, new string(' ', marker.Length), s_marker, width, apart: list.IsLoose));
        }
        return lines;
    }

    static IEnumerable<StyledLine> Indent(ContainerBlock container, string first, string rest, TextStyle style, int width, bool apart)
    {
        bool room = width - first.Length >= NarrowestText || container.Parent is MarkdownDocument or ListBlock { Parent: MarkdownDocument };
        List<StyledLine> lines = Blocks(container, room ? width - first.Length : width, apart);
        if (lines.Count == 0) lines.Add(StyledLine.Empty);
        return room ? lines.Select((line, i) => new StyledLine(i == 0 ? first : rest, style) + line) : lines;
    }

    static List<StyledLine> Indent(ContainerBlock container, string first, string rest, TextStyle style, int width) =>
        [.. Indent(container, first, rest, style, width, apart: true)];
}
