namespace Poise.Cli.Terminal;

/// <summary>Knows what may stand where the cursor is.</summary>
interface ICompleter
{
    /// <summary>Null where there is nothing to complete.</summary>
    Completion? Complete(string text, int cursor);
}

/// <param name="Start">Where the word to replace begins; it ends at the cursor.</param>
/// <param name="Candidates">Whole words. One that ends with a slash goes on.</param>
sealed record Completion(int Start, IReadOnlyList<string> Candidates);
