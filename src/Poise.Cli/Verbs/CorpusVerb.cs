using System.CommandLine;
using System.Globalization;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Nano;
using Poise.Core.Nano.Tasks;
using Poise.Core.Tokenizers;
using Poise.Core.Training.Data;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise corpus</c>: the conversations that nano learns from, or those that test it.</summary>
sealed class CorpusVerb : Verb
{
    readonly Argument<string> _path = new("OUT") { Description = "The file of JSON lines to write" };
    readonly Option<ulong> _seed = CommonOptions.Seed("Same seed, same bytes, on any machine", usual: NanoCorpus.UsualSeed);
    readonly Option<int> _count = CommonOptions.Whole("--count", "Conversations", NanoCorpus.UsualCount, 1, 100_000_000);
    readonly Option<bool> _heldOut = new("--held-out") { Description = "The questions of the tests instead, with a right answer each; none is in any corpus" };
    readonly Option<string?> _tokenizer = new("--tokenizer") { Description = "Count tokens too: a model's tokenizer with the special tokens of gpt-oss", HelpName = "FILE" };

    public override string Name => "corpus";

    public override string Summary => "Write the generated conversations that nano, the model that comes with Poise, learns from";

    public override IReadOnlyList<string> Examples =>
    [
        "poise corpus corpus.jsonl --seed 1 --count 20000",
        "poise corpus tests.jsonl --held-out",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_path);
        foreach (Option option in (Option[])[_seed, _count, _heldOut, _tokenizer]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(_path);
        ulong seed = parsed.GetValue(_seed);
        int count = parsed.GetValue(_count);
        bool heldOut = parsed.GetValue(_heldOut);
        SampleFormat? format = parsed.GetValue(_tokenizer) is { } tokenizer ? SampleFormat.Of(TokenizerLoader.Open(tokenizer)) : null;
        var progress = new ProgressLine();
        try
        {
            using var file = new BufferedStream(new FileStream(path, FileMode.Create, FileAccess.Write), 1 << 16);
            int all = heldOut ? NanoTasks.All.Sum(task => task.HeldOutCount) : count;
            (string sha256, NanoStatistics statistics) = NanoCorpusFile.Write(file, heldOut ? NanoExam.All(seed) : NanoCorpus.Samples(seed, count), format, done => progress.Show("writing", done, all), cancellation);
            progress.Clear();
            Report(statistics, sha256);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{path} cannot be written: {error.Message}", error);
        }
        finally
        {
            progress.Clear();
        }
        return Task.FromResult(ExitCode.Ok);
    }

    static void Report(NanoStatistics statistics, string sha256)
    {
        Console.Out.WriteLine("kind        conversations    French     turns  questions     tokens  of them learnt");
        foreach ((string kind, NanoStatistics.Row row) in statistics.Rows)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind,-10}  {row.Conversations,13:N0}  {row.InFrench,8:N0}  {row.Turns,8:N0}  {row.Questions,9:N0}  {row.Tokens,9:N0}  {row.LossTokens,14:N0}"));
        Console.Out.WriteLine($"sha256      {sha256}");
    }
}
