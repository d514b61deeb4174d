using Poise.Core.Chat;

namespace Poise.Core.Nano.Grading;

/// <summary>An answer in words that holds what it has to and nothing that it must not.</summary>
/// <param name="Needed">Of each list one text at least, without regard to case. Where a text begins or ends with a digit, no further digit may follow there.</param>
sealed record PhraseCheck(IReadOnlyList<IReadOnlyList<string>> Needed) : AnswerCheck
{
    const int MostWords = 90;

    public IReadOnlyList<string> Forbidden { get; init; } = [];

    public static PhraseCheck Of(params IReadOnlyList<string> needed) => new([.. needed.Select(text => (IReadOnlyList<string>)[text])]);

    public override string? Fault(ChatMessage answer)
    {
        if (FaultOfForm(answer, MostWords) is { } form) return form;
        foreach (IReadOnlyList<string> texts in Needed)
            if (!texts.Any(text => Holds(answer.Text, text))) return $"lacks \"{string.Join("\" or \"", texts)}\"";
        return Forbidden.FirstOrDefault(text => Holds(answer.Text, text)) is { } found ? $"says \"{found}\"" : null;
    }

    /// <summary>Whether a text holds a phrase, its numbers whole.</summary>
    internal static bool Holds(string text, string phrase)
    {
        for (int at = 0; (at = text.IndexOf(phrase, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            int end = at + phrase.Length;
            bool cutBefore = char.IsAsciiDigit(phrase[0]) && at > 0 && (char.IsAsciiDigit(text[at - 1]) || (text[at - 1] is '.' or ',' or ':' && at > 1 && char.IsAsciiDigit(text[at - 2])));
            bool cutAfter = char.IsAsciiDigit(phrase[^1]) && end < text.Length && (char.IsAsciiDigit(text[end]) || (text[end] is '.' or ',' or ':' && end + 1 < text.Length && char.IsAsciiDigit(text[end + 1])));
            if (!cutBefore && !cutAfter) return true;
        }
        return false;
    }
}
