namespace Poise.Cli.Terminal;

/// <summary>Text that is still being written, as rows.</summary>
interface IGrowingText
{
    void Append(string text);

    /// <summary>The rows that became final since the last call, and those that may still change.</summary>
    (List<StyledLine> Final, List<StyledLine> Growing) Render(int width);

    /// <summary>Nothing follows: the rows that are left.</summary>
    List<StyledLine> Finish(int width);
}
