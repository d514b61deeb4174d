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
        var weights = BaseWeights.Of(package);
        if (start is null)
        {
            _adapter = TrainedAdapter.Create(AdapterTargets.ToConfig(recipe.Adapter!, recipe.Model), @base, unchecked((ulong)recipe.Data.Seed), parameter => RowNorms.Of(weights, parameter, @base));
        }
        else
        {
            using Adapter read = AdapterFile.Read(start, @base, package.Config);
            Notes = [.. read.Notes.Select(note => $"{start}: {note}")];
            _adapter = TrainedAdapter.Continue(read, @base, weights);
        }

        try
        {
            Model = TrainingModels.Load(package, _adapter.Changes);
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

    /// <summary>See <see cref="FolderName"/>.</summary>
    public const string Folder = "adapter";

    public string FolderName => Folder;

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
