using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Poise.Cli.Output;
using Poise.Cli.Verbs;
using Poise.Tensors;

namespace Poise.Cli.Host;

/// <summary>From arguments to an exit code: parsing, help, interruption, and how errors are told.</summary>
static class CommandLine
{
    /// <summary>Set to 1 to see where an unexpected error came from.</summary>
    const string DebugVariable = "POISE_DEBUG";

    public static async Task<int> RunAsync(string[] arguments)
    {
        ParseResult parsed = Build().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction) return Misused(parsed);

        using var interruption = new Interruption();
        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }
        catch (UsageException error)
        {
            Tell(error, error.Message);
            return ExitCode.Usage;
        }
        catch (Exception error)
        {
            Tell(error, Explain(error));
            return ExitCode.Error;
        }
    }

    /// <summary>The root command with every verb of the table.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("Poise runs open-weight language models, in C#, on your own machine.");
        foreach (Verb verb in VerbTable.All) root.Subcommands.Add(verb.Build());
        foreach (Option option in root.Options)
            if (option is HelpOption { Action: HelpAction standard } help)
                help.Action = new HelpWithExamples(standard);
        return root;
    }

    static int Misused(ParseResult parsed)
    {
        // A bare `poise` is a question, not a mistake in the words: the help answers it, on standard error and with the code of misuse.
        if (parsed.CommandResult.Command is RootCommand && parsed.Tokens.Count == 0)
        {
            Build().Parse(["--help"]).Invoke(new InvocationConfiguration { Output = Console.Error });
            return ExitCode.Usage;
        }
        string message = parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens.Count > 0
            ? $"unknown verb or option '{parsed.UnmatchedTokens[0]}'; the verbs are {string.Join(", ", VerbTable.All.Select(v => v.Name))}."
            : string.Join(' ', parsed.Errors.Select(e => e.Message).Distinct());
        Console.Error.WriteLine($"poise: {Printable.Line(message)}");
        string verb = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
        Console.Error.WriteLine($"See: poise {verb}--help");
        return ExitCode.Usage;
    }

    public static string Explain(Exception error) => error switch
    {
        PoiseException or IOException or UnauthorizedAccessException => error.Message,
        OutOfMemoryException => "out of memory: close other programs, use a smaller --context, or read the weights from disk with --placement mapped",
        _ => $"unexpected error: {error.GetType().Name}: {error.Message} (set {DebugVariable}=1 to see where)",
    };

    static void Tell(Exception error, string message)
    {
        Console.Out.Flush();
        Console.Error.WriteLine($"poise: {Printable.Text(message)}");
        if (Environment.GetEnvironmentVariable(DebugVariable) == "1") Console.Error.WriteLine(error);
    }
}
