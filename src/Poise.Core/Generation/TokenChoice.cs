namespace Poise.Core.Generation;

/// <summary>A chosen token.</summary>
public readonly record struct TokenChoice(int Id);
