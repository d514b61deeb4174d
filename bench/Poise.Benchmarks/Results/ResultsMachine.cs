using Poise.Cli.Measuring;

namespace Poise.Benchmarks.Results;

/// <summary>What figures depend on, as a results file keeps it: no date and no name of a host.</summary>
sealed record ResultsMachine(string Processor, int Processors, int VectorBits, string Architecture, string Runtime)
{
    public static ResultsMachine Read()
    {
        MachineFacts facts = MachineFacts.Read();
        return new(facts.Processor, facts.Processors, facts.VectorBits, facts.Architecture, facts.Runtime);
    }

    /// <summary>For file names: letters, digits and dashes.</summary>
    public string Slug
    {
        get
        {
            string words = string.Concat($"{Processor} {Processors} threads {VectorBits} bit".ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' '));
            return string.Join('-', words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
    }
}
