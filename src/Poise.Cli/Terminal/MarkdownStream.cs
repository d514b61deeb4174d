using System.Text;
using Markdig.Syntax;

namespace Poise.Cli.Terminal;

/// <summary>
/// Markdown that is still being written. Once a top-level block follows another, the earlier one cannot change any more
/// and is rendered for the last time; the block that grows is rendered anew each time.
/// </summary>
sealed class MarkdownStream : IGrowingText
{
    readonly StringBuilder _tail = new();
    bool _begun;

    public void Append(string text) => _tail.Append(text);

    public (List<StyledLine> Final, List<StyledLine> Growing) Render(int width)
    {
        var final = new List<StyledLine>();
        string source = _tail.ToString();
        if (MarkdownRenderer.Parse(source) is not { } document) return (final, Separate(TextFlow.Wrap([new StyledRun(source)], width)));

        List<Block> blocks = [.. document.Where(block => block is not LinkReferenceDefinitionGroup).OrderBy(block => block.Span.Start)];
        foreach (Block block in blocks.SkipLast(1))
        {
            List<StyledLine> lines = Separate(MarkdownRenderer.Render(block, width));
            _begun |= lines.Count > 0;
            final.AddRange(lines);
        }
        if (blocks.Count > 1) _tail.Remove(0, StartOfLine(source, blocks[^1].Span.Start));
        return (final, blocks.Count == 0 ? [] : Separate(MarkdownRenderer.Render(blocks[^1], width)));
    }

    public List<StyledLine> Finish(int width)
    {
        (List<StyledLine> final, List<StyledLine> growing) = Render(width);
        _tail.Clear();
        _begun |= growing.Count > 0;
        return [.. final, .. growing];
    }

    List<StyledLine> Separate(List<StyledLine> lines) => _begun && lines.Count > 0 ? [StyledLine.Empty, .. lines] : lines;

    // The indentation belongs to the block: four blanks make code, two shift a list.
    static int StartOfLine(string source, int position) => position == 0 ? 0 : source.LastIndexOf('\n', position - 1) + 1;
}
