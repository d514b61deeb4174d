using System.Diagnostics;
using Poise.Tensors;

namespace Poise.Benchmarks.Comparing;

/// <summary>Runs a program to its end and takes what it writes.</summary>
static class ChildProcess
{
    /// <param name="FirstOutput">From the start until the first byte of standard output; null where there was none.</param>
    public sealed record Result(string Output, TimeSpan? FirstOutput);

    public static async Task<Result> RunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new PoiseException($"{program} did not start");
        process.StandardInput.Close();
        using CancellationTokenRegistration registration = cancellation.Register(() => process.Kill(entireProcessTree: true));
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var output = new MemoryStream();
        var buffer = new byte[4096];
        TimeSpan? first = null;
        for (int count; (count = await process.StandardOutput.BaseStream.ReadAsync(buffer, CancellationToken.None)) > 0; output.Write(buffer, 0, count))
            first ??= Stopwatch.GetElapsedTime(started);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != 0) throw new PoiseException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with code {process.ExitCode}: {(await error).Trim()}");
        return new Result(System.Text.Encoding.UTF8.GetString(output.ToArray()), first);
    }
}
