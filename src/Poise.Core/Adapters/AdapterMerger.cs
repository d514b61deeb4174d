using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>What merging may be told.</summary>
public sealed record MergeOptions
{
    /// <summary>
    /// Of matrices that change; null: as in the base, or BF16 where that is quantised. Quantised again, small differences may
    /// vanish. Vectors keep their type.
    /// </summary>
    public TensorType? Type { get; init; }

    /// <summary>Called with tensors done and tensors in all.</summary>
    public Action<long, long>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }
}

/// <summary>
/// Writes a model with an adapter merged into it, in the layout of the base: a Hugging Face folder of any architecture, or a
/// GGUF file of one that Poise runs. Tensor by tensor; the result appears whole or not at all.
/// </summary>
public static class AdapterMerger
{
    /// <param name="output">A folder that is not there yet or empty, or a GGUF file.</param>
    /// <returns>What people should know.</returns>
    public static IReadOnlyList<string> Merge(string basePath, string adapterPath, string output, MergeOptions? options = null)
    {
        try
        {
            return Run(basePath, adapterPath, output, options ?? new MergeOptions());
        }
        catch (ArithmeticException e)
        {
            throw new PoiseException($"{basePath} has tensors of impossible sizes.", e);
        }
    }

    static IReadOnlyList<string> Run(string basePath, string adapterPath, string output, MergeOptions options)
    {
        if (Directory.Exists(basePath) && File.Exists(Path.Combine(basePath, "config.json")) && SafetensorsFolder.IsPresent(basePath))
        {
            using SafetensorsFolder folder = SafetensorsFolder.Open(basePath);
            bool tied = JsonConfig.Read(Path.Combine(basePath, "config.json")).FindBool("tie_word_embeddings") ?? false;
            BaseFiles files = HuggingFaceBase.Read(folder, tied);
            using Adapter adapter = AdapterFile.Read(adapterPath, files.Base);
            return [.. adapter.Notes, .. MergedFolder.Write(folder, new AdapterMerge(files, adapter), output, options)];
        }

        using ModelPackage package = ModelPackage.Open(basePath);
        if (package.Checkpoint is not GgufFile gguf)
            throw new PoiseException($"{basePath} is in a layout that adapters are not merged into; expected a Hugging Face folder or a GGUF file.");
        BaseFiles parts = GgufBase.Read(gguf, package.Config);
        using Adapter read = AdapterFile.Read(adapterPath, parts.Base, package.Config);
        return [.. read.Notes, .. MergedGguf.Write(gguf, new AdapterMerge(parts, read), output, options)];
    }
}
