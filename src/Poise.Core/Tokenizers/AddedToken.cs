namespace Poise.Core.Tokenizers;

/// <summary>A token that is matched in the text as a whole, before any splitting.</summary>
/// <param name="Special">Matched only where special tokens are allowed; the others are matched in any text.</param>
/// <param name="Normalized">Matched in the normalised text.</param>
/// <param name="SingleWord">Not matched inside of a word.</param>
/// <param name="StripLeft">Takes the white space before it along.</param>
/// <param name="StripRight">Takes the white space after it along.</param>
sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false, bool SingleWord = false, bool StripLeft = false, bool StripRight = false);
