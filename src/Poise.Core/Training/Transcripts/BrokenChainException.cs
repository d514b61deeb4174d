using System.Globalization;
using Poise.Tensors;

namespace Poise.Core.Training.Transcripts;

/// <summary>A transcript that was changed or damaged: a line does not hold, or does not follow from the line before.</summary>
public sealed class BrokenChainException(string file, long line, string problem, Exception? inner = null)
    : PoiseException($"{file}: the chain breaks at line {line.ToString(CultureInfo.InvariantCulture)}: {problem}.", inner!)
{
    /// <summary>The first line that does not hold, from 1.</summary>
    public long Line { get; } = line;
}
