using Markdig.Extensions.TaskLists;
using Markdig.Syntax.Inlines;

namespace Poise.Cli.Terminal;

/// <summary>What stands inside a paragraph, as styled runs.</summary>
static class MarkdownInlines
{
    static readonly TextColor s_code = TextColor.Cyan;

    public static List<StyledRun> Runs(ContainerInline? container, TextStyle style)
    {
        var runs = new List<StyledRun>();
        Add(runs, container, style);
        return runs;
    }

    static void Add(List<StyledRun> runs, ContainerInline? container, TextStyle style)
    {
        for (Inline? inline = container?.FirstChild; inline is not null; inline = inline.NextSibling) Add(runs, inline, style);
    }

    static void Add(List<StyledRun> runs, Inline inline, TextStyle style)
    {
        switch (inline)
        {
            case LiteralInline literal:
                runs.Add(new StyledRun(literal.Content.ToString(), style));
                break;
            case CodeInline code:
                runs.Add(new StyledRun(code.Content, style with { Color = s_code }));
                break;
            // Models break lines on purpose, in verses and addresses, so a soft break is shown as one.
            case LineBreakInline or HtmlInline { Tag: "<br>" or "<br/>" or "<br />" }:
                runs.Add(new StyledRun("\n"));
                break;
            case HtmlEntityInline entity:
                runs.Add(new StyledRun(entity.Transcoded.ToString(), style));
                break;
            case HtmlInline html:
                runs.Add(new StyledRun(html.Tag, style));
                break;
            case AutolinkInline autolink:
                runs.Add(new StyledRun(autolink.Url, style with { Underline = true }));
                break;
            case TaskList task:
                runs.Add(new StyledRun(task.Checked ? "☑" : "☐", style));
                break;
            case EmphasisInline emphasis:
                Add(runs, emphasis, Emphasize(style, emphasis));
                break;
            case LinkInline link:
                AddLink(runs, link, style);
                break;
            case DelimiterInline delimiter:
                runs.Add(new StyledRun(delimiter.ToLiteral(), style));
                Add(runs, (ContainerInline)delimiter, style);
                break;
            case ContainerInline container:
                Add(runs, container, style);
                break;
        }
    }

    static TextStyle Emphasize(TextStyle style, EmphasisInline emphasis) => emphasis.DelimiterChar switch
    {
        '~' => style with { Strike = true },
        _ when emphasis.DelimiterCount == 2 => style with { Bold = true },
        _ => style with { Italic = true },
    };

    // The address is spelled out: a terminal may not be able to follow a link, and its text may lie about where it leads.
    static void AddLink(List<StyledRun> runs, LinkInline link, TextStyle style)
    {
        List<StyledRun> label = Runs(link, style with { Underline = true });
        string text = string.Concat(label.Select(run => run.Text)), url = link.Url ?? "";
        if (link.IsImage) runs.Add(new StyledRun("image: ", style));
        runs.AddRange(label);
        if (url.Length > 0 && url != text) runs.Add(new StyledRun(text.Length > 0 ? $" ({url})" : url, style with { Dim = true }));
    }
}
