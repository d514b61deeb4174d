using Poise.Tensors;

namespace Poise.Core.Chat.Templates;

/// <summary>A chat template that cannot be read, that fails, or that refuses the conversation.</summary>
public sealed class TemplateException : PoiseException
{
    /// <summary>A failure whose place is not known yet: the reader or the run adds it with <see cref="At"/>.</summary>
    internal TemplateException(string problem) : base(problem) => Problem = problem;

    TemplateException(string message, string template, int line, TemplateException cause) : base(message, cause)
    {
        Template = template;
        Line = line;
        Problem = cause.Problem;
        IsRaisedByTemplate = cause.IsRaisedByTemplate;
    }

    /// <summary>The name that the template was given when it was parsed.</summary>
    public string Template { get; } = "";

    /// <summary>From 1.</summary>
    public int Line { get; }

    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; }

    /// <summary>Whether the template itself says so, with <c>raise_exception</c>; the message is then its text, unchanged.</summary>
    public bool IsRaisedByTemplate { get; internal init; }

    internal TemplateException At(string template, int line) =>
        new(IsRaisedByTemplate ? Problem : $"{template}: line {line}: {Problem}", template, line, this);
}
