using Poise.Core.Training.Graph;

namespace Poise.Core.Training.Answers;

/// <summary>
/// Answers out of the graph that is trained: for weights that exist nowhere else, and architectures that only train. Every token
/// reads the whole text again.
/// </summary>
sealed class GraphAnswerer(TrainingModel model, Tape tape) : IAnswerer
{
    public IReadOnlyList<int> Answer(int[] prompt, int most, IReadOnlySet<int> stops, CancellationToken cancellation)
    {
        var text = new List<int>(prompt);
        while (text.Count < prompt.Length + most)
        {
            cancellation.ThrowIfCancellationRequested();
            int next = model.Next(tape, [.. text]);
            if (stops.Contains(next)) break;
            text.Add(next);
        }

        return [.. text.Skip(prompt.Length)];
    }

    public void Dispose() { }
}
