namespace Poise.Core.Chat.Templates;

/// <summary>HTML escaping.</summary>
static class Markup
{
    public static string Escape(Run run, string text)
    {
        run.Charge(text.Length >> 6);
        if (text.AsSpan().IndexOfAny("&<>\"'") < 0) return text;
        run.ChargeText(text.Length * 5L);
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);
    }

    /// <summary>The value as escaped text; what is escaped already stays.</summary>
    public static string Escape(Run run, Value value) => value is TextValue { IsMarkup: true } done ? done.Text : Escape(run, PythonText.Of(run, value));
}
