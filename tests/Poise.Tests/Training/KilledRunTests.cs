using System.Diagnostics;
using System.Security.Cryptography;
using Poise.Core.Training.Checkpoints;
using Poise.Tensors;
using Poise.Tests.Support;
using Poise.Tests.Training.Replaying;
using Poise.Tests.Verbs;

namespace Poise.Tests.Training;

/// <summary>
/// `poise finetune` as a process, killed or interrupted at random instants and started again until it is done: the same bytes as
/// without. POISE_RUN_KILLS says how often.
/// </summary>
// Alone: the instants are spread over the time that a run takes.
[Collection(nameof(KilledRunTests))]
[CollectionDefinition(nameof(KilledRunTests), DisableParallelization = true)]
public sealed class KilledRunTests(ITestOutputHelper output) : IDisposable
{
    const string RecipeText = """
        model: llama_xs
        data: {train: data.jsonl, max_length: 24, order: shuffled, seed: 5}
        adapter: {kind: lora, r: 2, alpha: 4}
        optimizer: {learning_rate: 1e-3}
        schedule: {kind: cosine, warmup_steps: 2}
        run: {steps: 200, checkpoint_every: 3, keep_checkpoints: 2, digest_every: 7}
        """;

    const int Steps = 200;

    static readonly string s_model = Shared.Golden("training", "bases", "llama_xs");

    readonly TemporaryFolder _temporary = new();

    [Fact]
    public void KilledAtAnyInstantARunEndsInTheSameBytes()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("POISE_RUN_KILLS"), out int asked) ? asked : 8;
        bool interrupts = !OperatingSystem.IsWindows() && !(OperatingSystem.IsLinux() && RunTests.InterruptsAreIgnored());
        File.WriteAllLines(_temporary.File("data.jsonl"), RecordedRun.DataLines(25));
        File.WriteAllText(_temporary.File("recipe.yaml"), RecipeText);
        Finish("first");
        long started = Stopwatch.GetTimestamp();
        string expected = Finish("whole");
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        // All that is left to do is the end.
        Assert.Equal(expected, Finish("whole"));
        TimeSpan start = Stopwatch.GetElapsedTime(started);

        int done = 0, whole = 0, resumed = 0, tries = 0;
        while (done < kills)
        {
            string name = $"killed{whole}";
            // At most this many for a run, so that several are whole.
            for (int n = 0; n < 8 && done < kills; n++)
            {
                (uint delay, uint kind, _, _) = Philox.Generate((ulong)tries++, 7, 0);
                long step = CheckpointEntry.List(Path.Combine(_temporary.Path, name, "checkpoints")) is [var newest, ..] ? newest.Step : 0;
                // Some while they start, most in the steps that are left.
                TimeSpan least = start * 0.5, most = start + (time - start) * (1 - step / (double)Steps);
                if (!End(name, least + (most - least) * (delay / (double)uint.MaxValue), interrupts && kind % 3 == 0)) break;
                done++;
                if (step > 0) resumed++;
            }

            Assert.Equal(expected, Finish(name));
            Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary.File(name), ".poise-*", SearchOption.AllDirectories));
            whole++;
        }

        output.WriteLine($"{done} ends in {whole} runs of {time.TotalSeconds:0.00} s each (start {start.TotalSeconds:0.00} s), {resumed} of them after a checkpoint");
        Assert.True(resumed > 0, "no run was ended after its first checkpoint");
    }

    /// <summary>Starts the run and ends it after a while. False where it was done before.</summary>
    bool End(string name, TimeSpan after, bool interrupt)
    {
        using Process process = PoiseProcess.Start(Arguments(name));
        process.StandardInput.Close();
        Task<string> printed = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (process.WaitForExit(after))
        {
            Assert.True(process.ExitCode == 0, errors.Result);
            return false;
        }

        if (interrupt)
        {
            using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
            kill.WaitForExit();
            if (!process.WaitForExit(TimeSpan.FromSeconds(20))) Assert.Fail("an interrupted run did not end in 20 seconds");
            // Done where it could not be stopped any more.
            Assert.True(process.ExitCode is 0 or 130, $"{process.ExitCode}: {errors.Result}");
        }
        else
        {
            process.Kill();
            process.WaitForExit();
        }

        Task.WaitAll(printed, errors);
        return true;
    }

    /// <summary>Runs to the end, and returns the digest of everything that must not depend on how it went.</summary>
    string Finish(string name)
    {
        PoiseProcess.Result result = PoiseProcess.Run(Arguments(name));
        Assert.True(result.Code == 0, result.Error);
        string folder = _temporary.File(name);
        CheckpointEntry last = CheckpointEntry.List(Path.Combine(folder, "checkpoints"))[0];
        Assert.Equal(Steps, last.Step);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in (string[])[Path.Combine(folder, "transcript.jsonl"), .. Files(Path.Combine(folder, "adapter")), .. Files(last.Path)])
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            hash.AppendData(File.ReadAllBytes(file));
        }

        // Times differ; steps do not.
        Assert.Equal(Steps, Core.Training.Reports.MetricsLog.Read(Path.Combine(folder, "metrics.jsonl")).Count);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static string[] Files(string folder) => [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];

    string[] Arguments(string name) => ["finetune", s_model, _temporary.File("data.jsonl"), "--recipe", _temporary.File("recipe.yaml"), "--out", _temporary.File(name), "--threads", "2"];

    public void Dispose() => _temporary.Dispose();
}
