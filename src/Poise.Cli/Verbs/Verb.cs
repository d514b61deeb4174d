using System.CommandLine;

namespace Poise.Cli.Verbs;

/// <summary>One word after <c>poise</c>: its options, its examples, and what it does.</summary>
abstract class Verb
{
    public abstract string Name { get; }

    /// <summary>One sentence for the list of verbs.</summary>
    public abstract string Summary { get; }

    /// <summary>Command lines that work as they stand, once MODEL is a model; the help shows them.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    public Command Build()
    {
        var command = new Command(Name, Summary);
        Define(command);
        command.SetAction((parsed, cancellation) => RunAsync(parsed, cancellation));
        return command;
    }

    /// <summary>Adds arguments and options.</summary>
    protected abstract void Define(Command command);

    /// <summary>Returns the exit code. Errors are thrown, see <see cref="Host.CommandLine"/>.</summary>
    protected abstract Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation);
}
