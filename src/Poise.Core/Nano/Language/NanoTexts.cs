using System.Text;
using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>The texts that the corpus is made of: resources, all written for it.</summary>
static class NanoTexts
{
    const string Prefix = "Nano.";

    // In this order, which decides nothing but where a mistake is found first.
    static readonly string[] s_inBoth = ["common", "refusals", "outside", "talk"], s_inEnglish = ["arithmetic", "documents", "stories", "reasoning", "copying"];

    public static IEnumerable<string> Grammars(Tongue tongue) => (tongue == Tongue.English ? s_inBoth.Concat(s_inEnglish) : s_inBoth).Select(name => $"{name}.{Suffix(tongue)}.txt");

    public static string Suffix(Tongue tongue) => tongue == Tongue.English ? "en" : "fr";

    public static string Read(string file)
    {
        using Stream stream = typeof(NanoTexts).Assembly.GetManifestResourceStream(Prefix + file) ?? throw new PoiseException($"This build of Poise lacks the text {file}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
