namespace Poise.Cli.Terminal;

/// <summary>Keys, one after another.</summary>
interface IKeySource
{
    /// <summary>Null when no more will come.</summary>
    ValueTask<KeyPress?> ReadAsync(CancellationToken cancellation);
}
