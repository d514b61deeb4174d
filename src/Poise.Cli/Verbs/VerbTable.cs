namespace Poise.Cli.Verbs;

/// <summary>Every verb of <c>poise</c>, one line each, in the order of the help.</summary>
static class VerbTable
{
    public static IReadOnlyList<Verb> All { get; } =
    [
        new RunVerb(),
        new ChatVerb(),
        new TokenizeVerb(),
        new ParseVerb(),
        new RenderVerb(),
        new LogitsVerb(),
        new ShowVerb(),
        new BenchVerb(),
        new SynthVerb(),
        new FinetuneVerb(),
        new ReplayVerb(),
        new MergeVerb(),
        new TrainVerb(),
        new ReproduceVerb(),
        new TrainTokenizerVerb(),
        new CorpusVerb(),
        new ExamVerb(),
    ];
}
