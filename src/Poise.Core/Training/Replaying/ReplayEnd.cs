using System.Security.Cryptography;
using Poise.Core.Adapters;
using Poise.Core.Training.Runs;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Replaying;

/// <summary>Whether an adapter or a model is what the last weights of a run make: it is written again and compared byte for byte.</summary>
static class ReplayEnd
{
    /// <param name="folder">Of the run's result.</param>
    /// <param name="notes">Hears why nothing was compared.</param>
    public static (ReplayFinding? Finding, bool Compared) Compare(string folder, StepMachine machine, long step, List<string> notes)
    {
        if (!Directory.Exists(folder))
        {
            notes.Add($"{folder} is not there, and was not compared");
            return (null, false);
        }

        string temporary = Directory.CreateTempSubdirectory("poise-replay-").FullName;
        try
        {
            if (DiskSpace.Free(temporary) < machine.Learner.ResultBytes)
            {
                notes.Add($"{folder} was not compared: {temporary} has no room to write it again");
                return (null, false);
            }

            string again = Path.Combine(temporary, machine.Learner.FolderName);
            machine.Write(again);
            // What else lies in a model's folder is copied from its base, and was never trained.
            foreach (string file in Directory.EnumerateFiles(again).Where(IsTrained).Order(StringComparer.Ordinal))
            {
                string own = Path.Combine(folder, Path.GetFileName(file));
                bool exists = File.Exists(own);
                if (!exists || FileDigest.Of(own) != FileDigest.Of(file))
                    return (new ReplayFinding(ReplayKind.Result, step, Path.GetFileName(file), FileDigest.Of(file), exists ? FileDigest.Of(own) : "no file", "The weights after the last step are those of the transcript; the run's result is not what they make."), false);
            }
        }
        finally
        {
            AtomicFolder.Delete(temporary);
        }

        return (null, true);
    }

    static bool IsTrained(string path) => path.EndsWith(".safetensors", StringComparison.Ordinal) || Path.GetFileName(path) == AdapterConfig.FileName;
}
