using System.Globalization;
using Poise.Core.Nano.Language;
using Poise.Core.Nano.Tasks;

namespace Poise.Core.Nano;

/// <summary>
/// The corpus of the model nano: conversations that follow from a seed and a number each, from grammars and word lists of Poise's own. No text is
/// taken from elsewhere, and any of them can be written without the others.
/// </summary>
static class NanoCorpus
{
    /// <summary>What the numbers mean; a change of any text or draw is another version.</summary>
    public const int Version = 7;

    /// <summary>Where nobody says another seed; the questions of its tests are those that are kept out of nano's corpus.</summary>
    public const ulong UsualSeed = 1;

    /// <summary>Conversations where nobody says another number.</summary>
    public const int UsualCount = 70_000;

    /// <summary>
    /// Over so many conversations the share of drills in copying falls from nine tenths to none, for trainings that take the corpus in its order. A model that has only
    /// copied meets everything else with a loss near that of a guess, and forgets again.
    /// </summary>
    public const int CopyingFirst = 5_000;

    const int AllShares = 100, UntoldShare = 10, MostDrills = 90;

    static readonly CopyingTask s_drill = new();

    /// <summary>The conversations from a number on.</summary>
    public static IEnumerable<NanoSample> Samples(ulong seed, int count, int from = 0) => Enumerable.Range(from, count).Select(i => Sample(seed, i));

    /// <summary>One conversation.</summary>
    public static NanoSample Sample(ulong seed, int index)
    {
        var mixture = new RandomStream(seed, "nano mixture", (ulong)index);
        bool isDrill = index < CopyingFirst && mixture.Below(AllShares * CopyingFirst) < MostDrills * (CopyingFirst - index);
        NanoTask task = isDrill ? s_drill : mixture.Pick(NanoTasks.All, t => t.Weight);
        for (int again = 0; ; again++)
        {
            NanoSample sample = Write(task, seed, index, Split.Training, again);
            if (!HeldOutQuestions.AreIn(sample, seed)) return sample;
        }
    }

    /// <summary>A conversation of one task.</summary>
    /// <param name="again">How many that would have stood here were put away.</param>
    internal static NanoSample Write(NanoTask task, ulong seed, int index, Split split, int again = 0)
    {
        string stream = string.Create(CultureInfo.InvariantCulture, $"nano {(split == Split.Training ? "training" : "held-out")} {task.Kind}");
        if (again > 0) stream += string.Create(CultureInfo.InvariantCulture, $" again {again}");
        RandomStream random = new(seed, stream, (ulong)index), days = new(seed, stream + " day", (ulong)index);
        var draft = new Draft(random, split, random.Below(AllShares) < task.FrenchShare ? Tongue.French : Tongue.English)
        {
            Day = Days.Draw(days),
            TellsDay = split == Split.HeldOut || !days.Chance(UntoldShare),
        };
        return Surroundings.Add(task.Make(draft), draft) with { Date = draft.TellsDay ? draft.Day : null };
    }
}
