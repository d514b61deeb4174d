using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tools;

/// <summary>Small numbers in words.</summary>
static class NumberWords
{
    static readonly string[] s_english = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"];
    static readonly string[] s_french = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf", "vingt"];

    public static string Of(int number, Tongue tongue) => (tongue == Tongue.English ? s_english : s_french)[number];
}
