namespace Poise.Core.Training.Answers;

/// <summary>Continues prompts with what is trained as it is now: at every place the likeliest token, of equals the first.</summary>
interface IAnswerer : IDisposable
{
    /// <summary>At most so many tokens, up to and without one that ends the answer.</summary>
    IReadOnlyList<int> Answer(int[] prompt, int most, IReadOnlySet<int> stops, CancellationToken cancellation);
}
