namespace Poise.Core.Tokenizers.Text;

enum PatternKind { One, Repeat, Choice, Look, NegativeLook, Start, End }

/// <summary>A step of a compiled pattern; <see cref="Next"/> is what must match after it, null at the end of the pattern.</summary>
sealed class PatternNode
{
    public required PatternKind Kind { get; init; }

    /// <summary>Of One and Repeat.</summary>
    public CodePointSet? Set { get; init; }

    public int Minimum { get; init; }

    public int Maximum { get; init; } = int.MaxValue;

    /// <summary>A possessive repeat never gives anything back.</summary>
    public bool Possessive { get; init; }

    /// <summary>Of Choice: each leads on to what follows the choice; null is "nothing more".</summary>
    public PatternNode?[] Choices { get; init; } = [];

    /// <summary>Of Look: the pattern that is tried without consuming.</summary>
    public PatternNode? Inner { get; init; }

    public PatternNode? Next { get; init; }
}
