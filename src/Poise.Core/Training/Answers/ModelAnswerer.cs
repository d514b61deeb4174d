using Poise.Core.Adapters;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;

namespace Poise.Core.Training.Answers;

/// <summary>Answers as <c>poise run</c> gives them: the base with the adapter beside it, its weights read from the same mapped files.</summary>
sealed class ModelAnswerer : IAnswerer
{
    readonly Model _model;
    readonly LoadedAdapter _adapter;

    /// <param name="adapter">Becomes this one's.</param>
    public ModelAnswerer(ModelPackage package, Adapter adapter, int threads)
    {
        try
        {
            _model = package.Load(new LoadOptions { Placement = WeightPlacement.Mapped, Threads = threads });
        }
        catch
        {
            adapter.Dispose();
            throw;
        }

        _adapter = AdapterFile.Attach(adapter, package, _model);
    }

    /// <summary>Whether a package's models run, and without a copy of their weights.</summary>
    public static bool Fits(ModelPackage package) => package.Architecture.Load is not null && MemoryForecast.CopiedBytes(package) == 0;

    public IReadOnlyList<int> Answer(int[] prompt, int most, IReadOnlySet<int> stops, CancellationToken cancellation)
    {
        using Sequence sequence = _model.CreateSequence(prompt.Length + most, _adapter);
        float[] logits = new float[_model.Config.VocabularySize];
        var answer = new List<int>();
        int[] tokens = prompt;
        while (answer.Count < most)
        {
            cancellation.ThrowIfCancellationRequested();
            _model.Forward([new Segment(sequence, tokens)], logits);
            int next = 0;
            for (int i = 1; i < logits.Length; i++)
                if (logits[i] > logits[next]) next = i;
            if (stops.Contains(next)) break;
            answer.Add(next);
            tokens = [next];
        }

        return answer;
    }

    public void Dispose()
    {
        _adapter.Dispose();
        _model.Dispose();
    }
}
