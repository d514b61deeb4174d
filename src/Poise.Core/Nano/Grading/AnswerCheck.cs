using Poise.Core.Chat;

namespace Poise.Core.Nano.Grading;

/// <summary>Decides whether an answer is right.</summary>
abstract record AnswerCheck
{
    /// <summary>Null where the answer is right, otherwise what is wrong with it.</summary>
    public abstract string? Fault(ChatMessage answer);

    /// <summary>What is wrong with the form of any answer in words: a call, nothing, control tokens, too long, or saying the same twice.</summary>
    protected static string? FaultOfForm(ChatMessage answer, int mostWords)
    {
        if (answer.ToolCalls.Count > 0) return "calls a tool";
        string text = answer.Text.Trim();
        if (text.Length == 0) return "says nothing";
        if (text.Contains("<|", StringComparison.Ordinal)) return "spells a control token";
        if (text.Contains('\uFFFD', StringComparison.Ordinal)) return "breaks a character";
        if (text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length > mostWords) return "is too long";
        string[] sentences = text.Split(". ", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return sentences.Length > 2 && sentences.Distinct(StringComparer.Ordinal).Count() < sentences.Length - 1 ? "says the same twice" : null;
    }
}
