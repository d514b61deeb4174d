namespace Poise.Core.Chat.Templates;

/// <summary>
/// A chat template in Jinja, the language in which models bring their prompt format. It is read and run by this library alone, as transformers would
/// (jinja2's immutable sandbox with <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c>, <c>generation</c>, <c>break</c> and <c>continue</c>), within
/// <see cref="TemplateLimits"/>, and with access to nothing but its inputs. Thread-safe.
/// </summary>
public sealed class ChatTemplate
{
    readonly IReadOnlyList<Statement> _body;

    ChatTemplate(string name, IReadOnlyList<Statement> body)
    {
        Name = name;
        _body = body;
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>
    /// Whether <c>safe</c> marks its text as escaped HTML, so that text added to it is escaped. Jinja does; models were trained on prompts made without, and so
    /// without is the rule.
    /// </summary>
    public bool KeepsMarkup { get; init; }

    /// <exception cref="TemplateException">The source is no template: the message names the line.</exception>
    public static ChatTemplate Parse(string source, string name, bool keepMarkup = false)
    {
        try
        {
            return new ChatTemplate(name, TemplateParser.Parse(name, source)) { KeepsMarkup = keepMarkup };
        }
        catch (TemplateException e) when (e.Line == 0)
        {
            throw e.At(name, 1);
        }
    }

    /// <summary>The prompt for a context.</summary>
    /// <param name="now">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="TemplateException">The template fails, refuses the context, or exceeds a limit.</exception>
    public string Render(TemplateContext context, DateTimeOffset now, TemplateLimits? limits = null, CancellationToken cancellation = default) =>
        RenderWithSpans(context, now, limits, cancellation).Text;

    /// <summary>As <see cref="Render"/>, and which parts of the text a model should learn to write.</summary>
    public RenderedTemplate RenderWithSpans(TemplateContext context, DateTimeOffset now, TemplateLimits? limits = null, CancellationToken cancellation = default)
    {
        var run = new Run(limits ?? TemplateLimits.Standard, now, KeepsMarkup, cancellation);
        try
        {
            var globals = new Scope(run, null);
            Globals.AddTo(globals);
            Scope outer = globals.Inner();
            foreach ((Value name, Value value) in context.Values.Entries) outer.Set(((TextValue)name).Text, value);
            Statement.ExecuteAll(_body, outer.Inner());
            string text = run.Root.ToString();
            return new RenderedTemplate(text, [.. run.Generations.Select(span => InCodePoints(text, span))]);
        }
        catch (TemplateException e) when (e.Line == 0)
        {
            throw e.At(Name, run.Line);
        }
    }

    static TextSpan InCodePoints(string text, (int Start, int End) span) =>
        new(CodePoints.Count(text.AsSpan(0, Math.Min(span.Start, text.Length))), CodePoints.Count(text.AsSpan(0, Math.Min(span.End, text.Length))));
}

/// <summary>A prompt.</summary>
/// <param name="Generations">What <c>generation</c> tags enclose: the assistant's part, on which a model is trained.</param>
public sealed record RenderedTemplate(string Text, IReadOnlyList<TextSpan> Generations);

/// <summary>A part of a text, in code points, without the one at <paramref name="End"/>.</summary>
public readonly record struct TextSpan(int Start, int End);
