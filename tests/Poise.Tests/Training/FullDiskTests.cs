using System.Diagnostics;
using Poise.Core.Training.Replaying;
using Poise.Tests.Support;
using Poise.Tests.Training.Replaying;

namespace Poise.Tests.Training;

/// <summary>
/// A run whose disk fills up ends with one message, and goes on to the same bytes once there is room. The full disk is a small file system
/// in memory that the process mounts in a namespace of its own; where the system does not allow that, the tests are skipped.
/// </summary>
public sealed class FullDiskTests(ITestOutputHelper output) : IDisposable
{
    const string RecipeText = """
        model: model
        data: {train: data.jsonl, max_length: 24, order: shuffled, seed: 5}
        adapter: {kind: lora, r: 2, alpha: 4}
        optimizer: {learning_rate: 1e-3}
        run: {steps: 30, checkpoint_every: 10, keep_checkpoints: 2, digest_every: 7}
        """;

    static readonly string s_model = Shared.Golden("training", "bases", "llama_xs");

    readonly TemporaryFolder _temporary = new();

    [Fact]
    public void TheMetrics() => AssertResumes("mkdir run; ln -s \"$SMALL/metrics.jsonl\" run/metrics.jsonl", 4, "metrics.jsonl cannot be written: the disk is full");

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    public void TheAdapter(int kilobytes) => AssertResumes("mkdir run; ln -s \"$SMALL\" run/adapter", kilobytes, "adapter_(model.safetensors|config.json) cannot be written: the disk is full");

    [Theory]
    [InlineData(400)]
    [InlineData(1100)]
    public void TheCheckpoint(int kilobytes) => AssertResumes("mkdir run; ln -s \"$SMALL\" run/checkpoints", kilobytes, "The checkpoint of step [0-9]+ was not saved: .*make room");

    /// <summary>Where no file system can be mounted, a limit on the length of files stands in.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(20)]
    public void ALimitOnTheLengthOfFiles(int blocks)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no limit on the length of files.");
        // The runtime maps its code through a file in memory, which the limit would catch too.
        Run("sh", [], $"""
            limited() {"{"} (trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0 DOTNET_EnableDiagnostics=0; ulimit -f {blocks}; finetune); {"}"}
            more() {"{"} :; {"}"}
            """, "cannot be written: the system allows no file of this length");
    }

    void AssertResumes(string prepare, int kilobytes, string message)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("namespaces of Linux");
        Run("unshare", ["-r", "-m", "sh"], $"""
            mkdir small big big/checkpoints
            mount -t tmpfs -o size={kilobytes}k none small || exit 99
            SMALL="$PWD/small" BIG="$PWD/big"
            {prepare}
            limited() {"{"} finetune; {"}"}
            more() {"{"} mount -o remount,size=64m small; {"}"}
            """, message);
    }

    /// <param name="prepare">Shell: <c>limited</c> runs <c>finetune</c> where there is not enough room, <c>more</c> makes room.</param>
    void Run(string shell, string[] before, string prepare, string message)
    {
        File.WriteAllLines(_temporary.File("data.jsonl"), RecordedRun.DataLines(25));
        File.WriteAllText(_temporary.File("recipe.yaml"), RecipeText);
        RecordedRun.CopyFolder(s_model, _temporary.File("model"));
        string script = $"""
            set -e
            cd "$1"
            poise="$2"
            finetune() {"{"} "$poise" finetune model data.jsonl --recipe recipe.yaml --out run --threads 1; {"}"}
            {prepare}
            code=0
            limited > first.out 2> first.err || code=$?
            echo $code > first.code
            more
            finetune > second.out 2> second.err
            mkdir result
            cp -rL run/. result/
            """;
        var start = new ProcessStartInfo(shell, [.. before, "-c", script, "sh", _temporary.Path, Path.Combine(AppContext.BaseDirectory, "poise")]) { RedirectStandardError = true, RedirectStandardOutput = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"there is no {shell} here");
            return;
        }

        using (process)
        {
            Task<string> printed = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            if (process.ExitCode == 99 || errors.Result.Contains("unshare", StringComparison.Ordinal)) Assert.Skip($"no mount without rights here: {errors.Result.Trim()}");
            string said = Text("first.err");
            Assert.Equal("1", Text("first.code").Trim());
            Assert.Matches(message, said);
            // One message, after what a run tells on its way.
            Assert.Single(said.Trim().Split('\n'), line => line.StartsWith("poise:", StringComparison.Ordinal));
            output.WriteLine(said);
            Assert.True(process.ExitCode == 0, $"{printed.Result}{errors.Result}\nfirst: {said}\nsecond: {Text("second.err")}");
        }

        ReplayResult replay = Replay.Run(new ReplayOptions(_temporary.File("result")) { Model = s_model, Data = [_temporary.File("data.jsonl")] }, TestContext.Current.CancellationToken);
        Assert.Null(replay.Finding);
        Assert.Equal((30, true), (replay.Reached, replay.Result));
    }

    string Text(string name) => File.Exists(_temporary.File(name)) ? File.ReadAllText(_temporary.File(name)) : "";

    public void Dispose() => _temporary.Dispose();
}
