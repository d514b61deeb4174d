using System.Diagnostics;

namespace Poise.Core.Training.Memory;

/// <summary>The most memory that this process has held so far, mapped files included.</summary>
static class PeakMemory
{
    public static long Bytes()
    {
        using Process process = Process.GetCurrentProcess();
        process.Refresh();
        return process.PeakWorkingSet64;
    }
}
