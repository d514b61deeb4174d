namespace Poise.Core.Nano.Language;

/// <summary>The languages of the corpus.</summary>
enum Tongue
{
    English,
    French,
}
