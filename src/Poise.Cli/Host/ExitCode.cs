namespace Poise.Cli.Host;

/// <summary>What the process ends with. Scripts rely on these.</summary>
static class ExitCode
{
    public const int Ok = 0;
    public const int Error = 1;
    public const int Usage = 2;

    /// <summary>What was checked is not what it claims to be: a replay that differs from its transcript.</summary>
    public const int Differs = 3;

    /// <summary>128 + SIGINT, as shells report it.</summary>
    public const int Interrupted = 130;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
