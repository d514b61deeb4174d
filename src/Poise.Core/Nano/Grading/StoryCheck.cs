using Poise.Core.Chat;

namespace Poise.Core.Nano.Grading;

/// <summary>A tiny story: about what was asked for, of some sentences, with an end.</summary>
sealed record StoryCheck(IReadOnlyList<string> Needed) : AnswerCheck
{
    const int LeastSentences = 3, MostSentences = 16, MostWords = 170;

    public override string? Fault(ChatMessage answer)
    {
        if (FaultOfForm(answer, MostWords) is { } form) return form;
        string text = answer.Text.Trim();
        foreach (string word in Needed)
            if (!text.Contains(word, StringComparison.OrdinalIgnoreCase)) return $"lacks \"{word}\"";
        if (text[^1] is not ('.' or '!' or '?' or '"' or '»')) return "has no end";
        int sentences = text.Split(['.', '!', '?'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Length;
        return sentences is < LeastSentences or > MostSentences ? $"has {sentences} sentences" : null;
    }
}
