using System.Diagnostics;

namespace Poise.Tests.Support;

/// <summary>One test of this assembly in a process of its own, with instructions switched off for example.</summary>
static class TestProcess
{
    /// <summary>Runs it to its end, three minutes at most, and returns what it printed.</summary>
    /// <param name="what">For the message.</param>
    public static async Task<string> RunAsync(ProcessStartInfo start, string what)
    {
        using Process child = Process.Start(start)!;
        Task<string> text = child.StandardOutput.ReadToEndAsync(), errors = child.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await child.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            child.Kill(entireProcessTree: true);
            Assert.Fail($"{what} took more than three minutes");
        }

        return $"{await text}\n{await errors}";
    }

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
