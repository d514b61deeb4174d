using System.Text;
using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>The texts that the corpus is made of: resources, all written for it.</summary>
static class NanoTexts
{
    const string Prefix = "Nano.";

    // In this order, which decides nothing but where a mistake is found first.
    static readonly string[] s_grammars = ["common", "arithmetic", "documents", "stories", "reasoning", "refusals", "outside", "talk", "copying"];

    public static IEnumerable<string> Grammars(Tongue tongue) => s_grammars.Select(name => $"{name}.{Suffix(tongue)}.txt");

    public static string Suffix(Tongue tongue) => tongue == Tongue.English ? "en" : "fr";

    public static string Read(string file)
    {
        using Stream stream = typeof(NanoTexts).Assembly.GetManifestResourceStream(Prefix + file) ?? throw new PoiseException($"This build of Poise lacks the text {file}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
