using System.Text;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Chat;
using Poise.Core.Client;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary>How answers of <c>poise run</c> reach the reader.</summary>
sealed class RunOutput(LocalModel model, ProgressLine progress, bool showReasoning, TimeSpan loaded)
{
    /// <summary>One answer: its text as it comes, or its tokens as JSON lines, or one JSON object at its end.</summary>
    public async Task OneAsync(RunJob job, bool json, CancellationToken cancellation)
    {
        await using StreamWriter output = StandardOutput.OpenText();
        var statistics = new RunStatistics(loaded, job.Plan.Prompt.Length);
        var answer = new Answer(model.Engine, job.Plan, job.Options);
        bool tokens = job.Options.TopLogProbs is not null, streams = !tokens && !json;
        var text = new StringBuilder();
        string last = "", lastNote = "";
        try
        {
            await foreach (AnswerStep step in answer.ReadAsync(cancellation))
            {
                if (step.Token is { } token)
                {
                    if (statistics.NewTokens == 0) progress.Clear();
                    statistics.CountToken();
                    if (tokens && !(answer.IsStopToken(token.Id))) output.Write(TokenLines.Format(token, model.Tokenizer) + "\n");
                }

                foreach (AnswerPart part in step.Parts)
                {
                    if (part is AnswerReasoning thought) Note(thought.Text);
                    else if (part is AnswerToolCall call) Show($"{(last.Length == 0 || last.EndsWith('\n') ? "" : "\n")}[tool call: {call.Call.Name} {call.Call.Arguments}]\n");
                    else if (part is AnswerText more)
                    {
                        text.Append(more.Text);
                        Show(more.Text);
                    }
                }
            }

            if (json && !tokens) output.Write(AnswerLine.Format(null, text.ToString(), answer) + "\n");
        }
        finally
        {
            progress.Clear();
            statistics.Stop();
            if (streams && statistics.NewTokens > 0 && !last.EndsWith('\n')) output.Write('\n');
            if (lastNote.Length > 0 && !lastNote.EndsWith('\n')) Console.Error.WriteLine();
            if (statistics.NewTokens > 0 || cancellation.IsCancellationRequested) Console.Error.WriteLine(statistics.ToString());
        }

        void Show(string piece)
        {
            if (!streams) return;
            if (lastNote.Length > 0 && !lastNote.EndsWith('\n')) Note("\n");
            output.Write(piece);
            last = piece;
        }

        void Note(string piece)
        {
            if (!showReasoning) return;
            Console.Error.Write(Console.IsErrorRedirected ? piece : Printable.Text(piece));
            lastNote = piece;
        }
    }

    /// <summary>All answers at once, written in the order of the prompts as soon as those before are there.</summary>
    public async Task<int> BatchAsync(IReadOnlyList<RunJob> jobs, CancellationToken cancellation)
    {
        await using StreamWriter output = StandardOutput.OpenText();
        int done = 0, failed = 0;
        Task<string>[] lines = [.. jobs.Select(job => Task.Run(() => LineAsync(job), cancellation))];
        foreach (Task<string> line in lines)
        {
            await output.WriteAsync(await line + "\n");
            await output.FlushAsync(cancellation);
        }

        progress.Clear();
        return failed == 0 ? ExitCode.Ok : ExitCode.Error;

        async Task<string> LineAsync(RunJob job)
        {
            try
            {
                var answer = new Answer(model.Engine, job.Plan, job.Options);
                var text = new StringBuilder();
                await foreach (AnswerStep step in answer.ReadAsync(cancellation))
                    foreach (AnswerText part in step.Parts.OfType<AnswerText>()) text.Append(part.Text);
                progress.Show("answers", Interlocked.Increment(ref done), jobs.Count);
                return AnswerLine.Format(job.RawId, text.ToString(), answer);
            }
            catch (PoiseException problem)
            {
                Interlocked.Increment(ref failed);
                return AnswerLine.Error(job.RawId, problem.Message);
            }
        }
    }
}
