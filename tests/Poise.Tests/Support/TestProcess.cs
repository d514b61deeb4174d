using System.Diagnostics;

namespace Poise.Tests.Support;

/// <summary>One test of this assembly in a process of its own, with instructions switched off for example.</summary>
static class TestProcess
{
    /// <param name="method">Full name of the test.</param>
    /// <param name="results">A folder for what the runner writes.</param>
    public static ProcessStartInfo Start(string method, string results)
    {
        string host = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Poise.Tests.exe" : "Poise.Tests");
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = results };
        if (File.Exists(host)) start.FileName = host;
        else
        {
            start.FileName = "dotnet";
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Poise.Tests.dll"));
        }

        foreach (string argument in (string[])["--filter-method", method, "--results-directory", results]) start.ArgumentList.Add(argument);
        // What a test runner tells its own test process is not for this one.
        foreach (string key in start.Environment.Keys.Where(k => k.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(key);
        return start;
    }
}
