namespace Poise.Core.Training.Reports;

/// <summary>What a report says besides the numbers of the steps.</summary>
/// <param name="Facts">Names and values for the table at the top: recipe, digests, memory foreseen and found.</param>
/// <param name="Samples">Answers that the model gave on the way.</param>
/// <param name="Recipe">Its canonical text.</param>
public sealed record RunSummary(string Title, IReadOnlyList<(string Name, string Value)> Facts, IReadOnlyList<RunSample> Samples, string Recipe);

/// <summary>An answer after so many steps.</summary>
public sealed record RunSample(long Step, string Prompt, string Answer);
