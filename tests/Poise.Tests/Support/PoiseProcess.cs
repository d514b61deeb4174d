using System.Diagnostics;
using System.Text;

namespace Poise.Tests.Support;

/// <summary>Runs the built <c>poise</c> as a person would, from the repository's root.</summary>
static class PoiseProcess
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public sealed record Result(int Code, string Output, string Error);

    public static Result Run(params string[] arguments) => RunWithInput("", arguments);

    public static Result RunWithInput(string input, params string[] arguments) => Finish(Start(arguments), input, arguments);

    /// <summary>With environment variables of its own.</summary>
    public static Result Run(IReadOnlyDictionary<string, string> environment, params string[] arguments) => Finish(Start(environment, arguments), "", arguments);

    static Result Finish(Process started, string input, string[] arguments)
    {
        using Process process = started;
        // Both pipes are read at the same time: a full one would stop the process for ever.
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input, as it should after an error.
        }
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"poise {string.Join(' ', arguments)} did not end in {s_limit}.");
        }
        return new Result(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>For tests that talk to the process while it runs.</summary>
    public static Process Start(params string[] arguments) => Start(slow: false, arguments);

    /// <param name="slow">Without hardware intrinsics: a tiny model then takes seconds, long enough to be interrupted.</param>
    public static Process Start(bool slow, params string[] arguments) =>
        Start(slow ? new Dictionary<string, string> { ["DOTNET_EnableHWIntrinsic"] = "0" } : [], arguments);

    static Process Start(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var utf8 = new UTF8Encoding(false);
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "poise.exe" : "poise"), arguments)
        {
            WorkingDirectory = Shared.RepositoryRoot,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            StandardErrorEncoding = utf8,
        };
        start.Environment.Remove("POISE_DEBUG");
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
