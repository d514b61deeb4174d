using System.Globalization;
using Poise.Core.Training.Recipes;
using Poise.Tensors;

namespace Poise.Core.Training.Runs;

/// <summary>Whether what a run writes fits on the disk, found out before it begins.</summary>
static class DiskSpace
{
    /// <summary>Bytes for others; as much as can be told. <see cref="long.MaxValue"/> where the system does not tell.</summary>
    public static long Free(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }

    /// <summary>Bytes that checkpoints will take on top of those that are there: those that stay, and one that is being written.</summary>
    public static long Needed(RecipeRun run, long steps, long checkpointBytes, int present)
    {
        long most = Math.Min(run.KeepCheckpoints + 1L, (steps - 1) / run.CheckpointEvery + 1);
        return checked(Math.Max(0, most - present) * checkpointBytes);
    }

    public static void Check(string folder, long needed, Func<string, long> freeBytes)
    {
        long free = freeBytes(folder);
        if (needed > free)
            throw new PoiseException(string.Create(CultureInfo.InvariantCulture,
                $"{folder}: checkpoints and the result need {needed / 1e9:0.00} GB, and {free / 1e9:0.00} GB are free. Make room, choose another folder, or lower the recipe's run.keep_checkpoints."));
    }
}
