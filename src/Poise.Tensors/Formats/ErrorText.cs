using System.Text;

namespace Poise.Tensors.Formats;

/// <summary>Makes text from files fit for an error message.</summary>
static class ErrorText
{
    const int Longest = 80;

    /// <summary>In quotes, shortened, and with control characters replaced: a hostile name must not drive the terminal.</summary>
    public static string Quote(string text) => $"\"{Clean(text)}\"";

    public static string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (char c in text)
        {
            if (clean.Length == Longest) return clean.Append("...").ToString();
            clean.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }
        return clean.ToString();
    }
}
