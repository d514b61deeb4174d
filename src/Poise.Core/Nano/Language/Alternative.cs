namespace Poise.Core.Nano.Language;

/// <summary>One way to say a rule.</summary>
sealed record Alternative(string Text, int Weight, Split Split);
