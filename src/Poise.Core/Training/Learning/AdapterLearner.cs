using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Adapting;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Recipes;

namespace Poise.Core.Training.Learning;

/// <summary>An adapter learns, and its base stays.</summary>
sealed class AdapterLearner : ILearner
{
    readonly AdapterBase _base;
    readonly TrainedAdapter _adapter;

    /// <param name="start">The folder of an adapter to go on from, or null for a new one.</param>
    public AdapterLearner(Recipe recipe, ModelPackage package, AdapterBase @base, string? start)
    {
        _base = @base;
        if (start is null)
        {
            _adapter = TrainedAdapter.Create(AdapterTargets.ToConfig(recipe.Adapter!, recipe.Model), @base, unchecked((ulong)recipe.Data.Seed), parameter => RowNorms.Of(package.Checkpoint, parameter));
        }
        else
        {
            using Adapter read = AdapterFile.Read(start, @base);
            Notes = [.. read.Notes.Select(note => $"{start}: {note}")];
            _adapter = TrainedAdapter.Continue(read, @base);
        }

        try
        {
            Model = TrainingModels.Load(JsonConfig.Read(Path.Combine(package.Path, "config.json")), package.Checkpoint, _ => false, _adapter.Pairs);
        }
        catch
        {
            _adapter.Dispose();
            throw;
        }

        Parameters = _adapter.Parameters;
    }

    public TrainingModel Model { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    public string FolderName => "adapter";

    public long ResultBytes => sizeof(float) * Parameters.Sum(p => p.Elements) + (1 << 20);

    public IReadOnlyList<string> Notes { get; } = [];

    public void Write(string folder)
    {
        using Adapter adapter = ToAdapter(folder);
        AdapterFile.WritePeft(adapter, _base, folder);
    }

    /// <summary>What it is now, with values of its own.</summary>
    public Adapter ToAdapter(string name) => _adapter.ToAdapter(name);

    public void Dispose()
    {
        Model.Dispose();
        _adapter.Dispose();
    }
}
