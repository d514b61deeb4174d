using System.Globalization;
using Poise.Tensors;

namespace Poise.Core.Training.Checkpoints;

/// <summary>A checkpoint on the disk, whole or damaged.</summary>
/// <param name="Step">Steps that had been done.</param>
public sealed record CheckpointEntry(long Step, string Path)
{
    const string Prefix = "checkpoint-";

    /// <summary>What is wrong with it, or null. Reads every byte.</summary>
    public string? FindDamage()
    {
        if (CheckpointManifest.FindDamage(Path) is { } damage) return damage;
        // Its name is not under any digest.
        return CheckpointFolder.ReadProgress(Path).Step == Step ? null : $"{Path} is of another step than its name says";
    }

    /// <summary>Puts parameters, optimiser and progress back. Throws where it is damaged or of another run, and changes nothing then.</summary>
    public void Load(TrainingState state)
    {
        if (FindDamage() is { } damage) throw new PoiseException($"The checkpoint of step {Step:N0} is damaged: {damage}.");
        CheckpointFolder.Read(Path, state);
    }

    /// <summary>Those of a run, newest first. Folders that were never finished are not among them.</summary>
    public static IReadOnlyList<CheckpointEntry> List(string folder)
    {
        if (!Directory.Exists(folder)) return [];
        var entries = new List<CheckpointEntry>();
        foreach (string path in Directory.EnumerateDirectories(folder, Prefix + "*"))
        {
            string digits = System.IO.Path.GetFileName(path)[Prefix.Length..];
            if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long step) && PathOf(folder, step) == path)
                entries.Add(new CheckpointEntry(step, path));
        }
        return [.. entries.OrderByDescending(e => e.Step)];
    }

    internal static string PathOf(string folder, long step) =>
        System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D8}"));
}
