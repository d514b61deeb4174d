using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Poise.Cli.Verbs;

namespace Poise.Cli.Host;

/// <summary>The standard help, then the verb's examples.</summary>
sealed class HelpWithExamples(HelpAction standard) : SynchronousCommandLineAction
{
    // A fixed width: the same text on every terminal, in pipes and in docs/cli.md.
    const int Width = 110;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        standard.MaxWidth = Width;
        int code = standard.Invoke(parseResult);
        Verb? verb = VerbTable.All.FirstOrDefault(v => v.Name == parseResult.CommandResult.Command.Name);
        if (verb is null) return code;

        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in verb.Examples) output.WriteLine($"  {example}");
        output.WriteLine();
        return code;
    }
}
