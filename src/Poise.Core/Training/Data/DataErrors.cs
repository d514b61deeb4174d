using System.Text;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>What is wrong with a data set, line by line, to be told at once.</summary>
sealed class DataErrors
{
    const int MostShown = 20;
    const int LongestReason = 300;

    readonly StringBuilder _shown = new();

    public int Count { get; private set; }

    public void Add(string file, int line, string reason)
    {
        if (++Count > MostShown) return;
        string first = reason.Length <= LongestReason ? reason : reason[..LongestReason] + "...";
        _shown.Append(_shown.Length > 0 ? "\n" : "").Append(new DataPlace(file, line)).Append(": ").Append(first);
    }

    /// <exception cref="PoiseException">There is one at least.</exception>
    public void ThrowIfAny()
    {
        if (Count == 0) return;
        if (Count > MostShown) _shown.Append($"\n... and {Count - MostShown:N0} more lines");
        throw new PoiseException(_shown.ToString());
    }
}
