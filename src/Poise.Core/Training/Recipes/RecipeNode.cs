namespace Poise.Core.Training.Recipes;

/// <summary>A value of a recipe as it stands in the file: a text, a list or a section, and the line where it begins.</summary>
abstract record RecipeNode(int Line)
{
    /// <param name="Plain">Without quotes: it may be a number or a truth value.</param>
    public sealed record Scalar(int Line, string Text, bool Plain) : RecipeNode(Line);

    public sealed record List(int Line, IReadOnlyList<RecipeNode> Items) : RecipeNode(Line);

    public sealed record Section(int Line, IReadOnlyList<(string Key, int Line, RecipeNode Value)> Entries) : RecipeNode(Line);
}
