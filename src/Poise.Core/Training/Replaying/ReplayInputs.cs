using System.Security.Cryptography;
using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Replaying;

/// <summary>
/// Finds model and data of a run. A transcript is somebody else's file: the names in it are looked for below the current folder, the
/// run's and the one that holds it, and nowhere else.
/// </summary>
sealed class ReplayInputs
{
    readonly TranscriptHeader _header;
    readonly Recipe _recipe;
    readonly int _training;

    /// <param name="folder">Of the run.</param>
    public ReplayInputs(ReplayOptions options, TranscriptHeader header, Recipe recipe, string folder)
    {
        (_header, _recipe) = (header, recipe);
        string[] roots = [.. new[] { Directory.GetCurrentDirectory(), folder, Path.GetDirectoryName(folder) }.OfType<string>().Distinct()];
        // Not in the run's own folder: what lies there under that name may be what the run left.
        Model = options.Model ?? Find([.. roots.Where(root => root != folder)], recipe.Model).FirstOrDefault(Path.Exists)
            ?? throw new PoiseException($"The run's model, {recipe.Model}, is not here: name it with --model.");
        Data = options.Data.Count > 0 ? options.Data : [.. header.Data.Select((_, i) => FindData(roots, i))];
        if (Data.Count != header.Data.Count) throw new PoiseException($"--data has {Data.Count:N0} files; the run read {header.Data.Count:N0}: {Names()}.");
        // Those of evaluation come last.
        _training = header.Data.Count - recipe.Data.Evaluation.Count;
        if (_training < 1) throw new PoiseException($"The transcript's header names {header.Data.Count:N0} files of data; its recipe alone has {recipe.Data.Evaluation.Count:N0} of evaluation.");
    }

    public string Model { get; }

    /// <summary>All files in the order of the run.</summary>
    public IReadOnlyList<string> Data { get; }

    /// <summary>What the run computes with.</summary>
    public StepMachine Open(ReplayOptions options) => new(_recipe, Model, [.. Data.Take(_training)], options.Threads, options.Adapter, [.. Data.Skip(_training)]);

    /// <summary>The header that a run over these files would have, but for the initial weights, which need the run itself.</summary>
    public TranscriptHeader Header(ReplayOptions options, CancellationToken cancellation)
    {
        TranscriptFile[] data = [.. Data.Select(path => new TranscriptFile(Path.GetFileName(path), FileDigest.Of(path)))];
        using ModelPackage package = ModelPackage.Open(Model);
        using var pool = new ComputePool(options.Threads);
        string digest = BaseDigest.Whole(package.Checkpoint, pool, (done, total) => options.Progress?.Invoke("reading the base's weights", done, total), cancellation);
        return new TranscriptHeader(_recipe.ToCanonicalYaml(), _recipe.Digest, CodeVersion.Current, digest, TokenizerDigest.Of(package), data, _recipe.Data.Seed, _header.InitialWeights);
    }

    string FindData(string[] roots, int index)
    {
        (string name, string digest) = _header.Data[index];
        // The recipe may know a folder too; the transcript has names alone.
        string? path = _recipe.Data.Train.Concat(_recipe.Data.Evaluation).FirstOrDefault(file => Path.GetFileName(file) == name);
        string[] found = [.. new[] { path, name }.OfType<string>().SelectMany(wanted => Find(roots, wanted)).Where(File.Exists)];
        return found.FirstOrDefault(file => FileDigest.Of(file) == digest) ?? found.FirstOrDefault()
            ?? throw new PoiseException($"The run's data, {Names()}, are not all here ({name} is missing): name the files with --data, in this order.");
    }

    string Names() => string.Join(", ", _header.Data.Select(file => file.Name));

    static IEnumerable<string> Find(string[] roots, string name)
    {
        // Neither a root (a share on the network, for instance) nor a way upwards.
        if (name.Length == 0 || Path.IsPathRooted(name) || name.Split('/', '\\').Contains("..")) return [];
        return roots.Select(root => Path.Combine(root, name));
    }
}
