namespace Poise.Core.Nano.Language;

/// <summary>What people do to a sentence when they type it: greet first, thank after, forget capitals and question marks.</summary>
static class Surface
{
    static readonly string[] s_imperatives =
    [
        "show ", "tell ", "explain ", "I ", "I'd ", "please ", "describe ", "inform ", "give ", "help ", "write ", "teach ", "assist ", "calculate ", "compute ", "work out ", "find ", "use ", "evaluate ",
        "dis-moi ", "explique", "je ", "j'", "parle-moi ", "montre-moi ", "donne", "aide-moi ", "apprends-moi ", "calcule", "décris", "trouve ", "utilise ",
    ];

    public static string Vary(string text, Draft draft)
    {
        if (draft.IsFrench) text = French.Elide(text);
        text = text.Trim();
        if (text.EndsWith('?') && s_imperatives.Any(word => text.StartsWith(word, StringComparison.Ordinal))) text = text[..^1].TrimEnd() + ".";
        int habit = draft.Random.Below(100);
        return habit switch
        {
            < 58 => Inflection.Capital(text),
            < 76 => WithoutEnd(text),
            < 84 => Inflection.Capital(WithoutEnd(text)),
            < 92 => draft.Fill("{opening}") + " " + Inflection.Capital(text),
            _ => Inflection.Capital(text) + (char.IsLetterOrDigit(text[^1]) ? ". " : " ") + draft.Fill("{closing}"),
        };
    }

    static string WithoutEnd(string text) => text.TrimEnd('?', '.', '!', ' ');
}
