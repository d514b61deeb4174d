namespace Poise.Cli.Host;

/// <summary>The command line asks for something that makes no sense, found only after parsing. Ends with <see cref="ExitCode.Usage"/>.</summary>
sealed class UsageException(string message) : Exception(message);
