using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tasks;

namespace Poise.Core.Nano;

/// <summary>Held-out questions of every task, in words, names and numbers that no conversation of the corpus has, and the grading of answers.</summary>
static class NanoExam
{
    /// <summary>Test items of a task, no two alike.</summary>
    public static IReadOnlyList<NanoSample> Items(string kind, ulong seed = 1)
    {
        NanoTask task = NanoTasks.All.First(t => t.Kind == kind);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var items = new List<NanoSample>();
        for (int i = 0; items.Count < task.HeldOutCount; i++)
        {
            NanoSample item = NanoCorpus.Write(task, seed, i, Split.HeldOut);
            if (seen.Add(string.Join('\n', item.Prompt.Select(m => m.Text)))) items.Add(item);
        }
        return items;
    }

    /// <summary>The items of all tasks.</summary>
    public static IEnumerable<NanoSample> All(ulong seed = 1) => NanoTasks.All.SelectMany(task => Items(task.Kind, seed));

    /// <summary>Asks and grades.</summary>
    /// <param name="answer">The model's answer to a prompt; see <see cref="NanoSample.Prompt"/>, Tools and Effort.</param>
    public static async Task<ExamReport> GradeAsync(IEnumerable<NanoSample> items, Func<NanoSample, CancellationToken, Task<ChatMessage>> answer, CancellationToken cancellation = default)
    {
        var report = new ExamReport();
        foreach (NanoSample item in items)
        {
            ChatMessage given = await answer(item, cancellation).ConfigureAwait(false);
            report.Add(item, given, item.Check.Fault(given));
        }
        return report;
    }
}
