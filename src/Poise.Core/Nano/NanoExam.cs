using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tasks;

namespace Poise.Core.Nano;

/// <summary>Held-out questions of every task, in words, names and numbers that no conversation of the corpus has, and the grading of answers.</summary>
static class NanoExam
{
    /// <summary>Test items of a task, no two alike.</summary>
    /// <param name="most">The first so many of them.</param>
    public static IReadOnlyList<NanoSample> Items(string kind, ulong seed = NanoCorpus.UsualSeed, int most = int.MaxValue)
    {
        NanoTask task = NanoTasks.All.First(t => t.Kind == kind);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var items = new List<NanoSample>();
        for (int i = 0; items.Count < Math.Min(most, task.HeldOutCount); i++)
        {
            NanoSample item = NanoCorpus.Write(task, seed, i, Split.HeldOut);
            if (seen.Add(string.Join('\n', item.Prompt.Select(m => m.Text)))) items.Add(item);
        }
        return items;
    }

    /// <summary>The items of all tasks.</summary>
    public static IEnumerable<NanoSample> All(ulong seed = NanoCorpus.UsualSeed) => NanoTasks.All.SelectMany(task => Items(task.Kind, seed));

    /// <summary>Asks and grades. The report is the same in whatever order the answers come.</summary>
    /// <param name="answer">The answer to a prompt; see <see cref="NanoSample.Prompt"/>, Tools and Effort.</param>
    /// <param name="parallel">Questions at once.</param>
    /// <param name="graded">Told of every answer in the order of the items, one at a time.</param>
    public static async Task<ExamReport> GradeAsync(IReadOnlyList<NanoSample> items, Func<NanoSample, CancellationToken, Task<GivenAnswer>> answer, int parallel = 1, Action<GradedAnswer>? graded = null, CancellationToken cancellation = default)
    {
        var answers = new GradedAnswer?[items.Count];
        var order = new Lock();
        int told = 0;
        await Parallel.ForAsync(0, items.Count, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation }, async (i, token) =>
        {
            GradedAnswer result = GradedAnswer.Of(i, items[i], await answer(items[i], token).ConfigureAwait(false));
            lock (order)
            {
                answers[i] = result;
                for (; told < answers.Length && answers[told] is { } next; told++) graded?.Invoke(next);
            }
        }).ConfigureAwait(false);
        return new ExamReport([.. answers.Select(result => result!)]);
    }
}
