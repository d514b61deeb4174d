using System.Globalization;
using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Adapting;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Recipes;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Learning;

/// <summary>Every weight learns that is stored as floating point; codes of quantised weights stay as they are.</summary>
sealed class ModelLearner : ILearner
{
    readonly ModelFolder _folder;

    /// <param name="experts">How they learn; null for as everything else.</param>
    public ModelLearner(ModelPackage package, AdapterBase @base, RecipeExperts? experts)
    {
        if (package.Checkpoint is not SafetensorsFolder weights)
            throw new PoiseException($"{package.Path}: full fine-tuning reads and writes a Hugging Face folder (config.json and safetensors); for this layout train an adapter (method: sft).");
        Model = TrainingModels.Load(JsonConfig.Read(Path.Combine(package.Path, "config.json")), weights, name => weights.Find(name) is { } tensor && MergedTypes.IsPlain(tensor.Type), AdapterChanges.None, experts);
        Parameters = [.. Model.Parameters];
        // They have been copied, and are read again when the result is written.
        foreach (Parameter parameter in Parameters) MappedFile.Advise(weights.Get(parameter.Name), MappedAdvice.DoNotNeed);
        int fixedTensors = weights.Tensors.Count(t => !MergedTypes.IsPlain(t.Type));
        if (fixedTensors > 0)
            Notes = [string.Create(CultureInfo.InvariantCulture, $"{fixedTensors} tensors of {package.Path} are quantised and stay as they are; everything else learns")];
        _folder = new ModelFolder(weights, package.IsTied ? @base.Table?.Name : null);
    }

    public TrainingModel Model { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>See <see cref="FolderName"/>.</summary>
    public const string Folder = "model";

    public string FolderName => Folder;

    public long ResultBytes => _folder.Bytes;

    public IReadOnlyList<string> Notes { get; } = [];

    public void Write(string folder) => _folder.Write(folder, Parameters);

    public void Dispose() => Model.Dispose();
}
