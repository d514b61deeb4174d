using System.Globalization;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Checkpoints;

/// <summary>
/// The checkpoints of one run, for the process that trains. A checkpoint appears whole or not at all and is never written over;
/// older ones go only once a newer one is on the disk. One process at a time: the others are told so.
/// </summary>
public sealed class CheckpointStore : IDisposable
{
    const string LockFile = ".lock";

    readonly string _folder;
    readonly int _keep;
    readonly FileStream _lock;

    /// <param name="folder">Made where there is none.</param>
    /// <param name="keep">How many stay.</param>
    public CheckpointStore(string folder, int keep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        (_folder, _keep) = (Path.GetFullPath(folder), keep);
        try
        {
            Directory.CreateDirectory(_folder);
            // The system lets go of it when the process ends, in whatever way.
            _lock = new FileStream(Path.Combine(_folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{_folder} cannot be used for checkpoints; perhaps another run is writing there: {e.Message}", e);
        }
        AtomicFolder.DeleteLeftovers(_folder);
    }

    /// <summary>Free bytes of the disk that the folder is on.</summary>
    internal Func<string, long> FreeBytes { get; init; } = static folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<CheckpointEntry> Entries => CheckpointEntry.List(_folder);

    /// <summary>
    /// Saves the state; when this returns it is on the disk. Where it cannot, the checkpoints before stay as they were and the
    /// message says which is the last.
    /// </summary>
    public CheckpointEntry Save(TrainingState state)
    {
        long step = state.Progress.Step;
        var entry = new CheckpointEntry(step, CheckpointEntry.PathOf(_folder, step));
        try
        {
            if (FreeBytes(_folder) is var free && free < state.Bytes)
                throw new PoiseException(string.Create(CultureInfo.InvariantCulture, $"it needs {state.Bytes / 1e6:N1} MB and {free / 1e6:N1} MB are free"));
            using var folder = new AtomicFolder(entry.Path);
            CheckpointFolder.Write(folder.TemporaryPath, state);
            if (!GiveWay(entry, folder.TemporaryPath)) return entry;
            folder.Commit();
        }
        catch (Exception e) when (e is PoiseException || WriteFailure.Is(e))
        {
            string last = Entries.FirstOrDefault(e => e.Step < step) is { } before
                ? $"The last one is {before.Path}; make room and resume from it." : "There is none before it; make room and start again.";
            throw new PoiseException($"The checkpoint of step {step:N0} was not saved: {e.Message.TrimEnd('.')}. {last}", e);
        }
        foreach (CheckpointEntry old in Entries.Where(e => e.Step < step).Skip(_keep - 1)) AtomicFolder.Delete(old.Path);
        return entry;
    }

    /// <summary>
    /// Puts the newest whole checkpoint back and tells of the damaged ones that were passed over. Null where there is no
    /// checkpoint at all; an error where there are some and all are damaged.
    /// </summary>
    public CheckpointResume? Resume(TrainingState state)
    {
        var damages = new List<string>();
        foreach (CheckpointEntry entry in Entries)
        {
            if (entry.FindDamage() is { } damage)
            {
                damages.Add(damage);
                continue;
            }
            TrainingProgress progress = CheckpointFolder.ReadProgress(entry.Path);
            if (progress.RecipeDigest != state.Progress.RecipeDigest)
                throw new PoiseException($"{entry.Path} belongs to a run with another recipe (digest {Short(progress.RecipeDigest)}, here {Short(state.Progress.RecipeDigest)}). Resume with that recipe, or choose another folder.");
            CheckpointFolder.Read(entry.Path, state);
            return new CheckpointResume(entry, damages);
        }
        if (damages.Count == 0) return null;
        throw new PoiseException($"No checkpoint in {_folder} is whole: {string.Join("; ", damages)}. Start again in another folder.");
    }

    /// <summary>
    /// A checkpoint of the same step is there after a resumption from an older one. One that is whole stays: it is the same, or of
    /// another run. A damaged one goes. False where nothing is left to do.
    /// </summary>
    static bool GiveWay(CheckpointEntry entry, string replacement)
    {
        if (!Directory.Exists(entry.Path)) return true;
        if (entry.FindDamage() is not null)
        {
            AtomicFolder.Delete(entry.Path);
            return true;
        }
        byte[] Manifest(string folder) => File.ReadAllBytes(Path.Combine(folder, CheckpointManifest.FileName));
        if (Manifest(entry.Path).AsSpan().SequenceEqual(Manifest(replacement))) return false;
        throw new PoiseException($"{entry.Path} is there and holds other values");
    }

    static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;

    public void Dispose() => _lock.Dispose();
}
