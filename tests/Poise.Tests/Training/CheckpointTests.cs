using System.Diagnostics;
using System.Globalization;
using Poise.Core.Training;
using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Optimizers;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>Checkpoints: every bit comes back, damage is named, and whatever happens the last good one is there.</summary>
public sealed class CheckpointTests
{
    [Fact]
    public void EverythingComesBack()
    {
        using var folder = new TemporaryFolder();
        using var store = new CheckpointStore(folder.Path, 2);
        Assert.Null(store.Resume(CheckpointChild.State(0)));
        CheckpointEntry saved = store.Save(CheckpointChild.State(17));
        AssertIsState(saved, 17);
        TrainingState resumed = CheckpointChild.State(0);
        CheckpointResume resume = store.Resume(resumed)!;
        Assert.Equal((saved, 0), (resume.Entry, resume.Damages.Count));
        Assert.Equal((CheckpointChild.State(17).Progress, 17L), (resumed.Progress, resumed.Optimizer.Steps));
    }

    [Fact]
    public void TheNewestStay()
    {
        using var folder = new TemporaryFolder();
        using var store = new CheckpointStore(folder.Path, 2);
        foreach (long step in (long[])[1, 2, 3, 10]) store.Save(CheckpointChild.State(step));
        Assert.Equal([10, 3], store.Entries.Select(e => e.Step));
        // Resumed at 3, and computed again to the same bits: it is there already.
        AssertIsState(store.Save(CheckpointChild.State(10)), 10);
        Assert.Equal(["checkpoint-00000003", "checkpoint-00000010"], Directory.GetDirectories(folder.Path).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AnOptimiserWithoutStateIsSavedToo()
    {
        using var folder = new TemporaryFolder();
        using var store = new CheckpointStore(folder.Path, 2);
        TrainingState Sgd(ulong seed) => new(new Sgd(new OptimizerSettings("sgd"), TrainingFixture.Parameters(seed)), CheckpointChild.State(3).Progress);
        TrainingState saved = Sgd(1), loaded = Sgd(2);
        store.Save(saved).Load(loaded);
        for (int p = 0; p < saved.Parameters.Count; p++) Assert.True(saved.Parameters[p].Value.All.SequenceEqual(loaded.Parameters[p].Value.All));
        Assert.Contains("optimiser sgd", Assert.Throws<PoiseException>(() => store.Entries[0].Load(CheckpointChild.State(0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACheckpointOfOtherTensorsChangesNothing()
    {
        using var folder = new TemporaryFolder();
        using var store = new CheckpointStore(folder.Path, 2);
        CheckpointEntry entry = store.Save(CheckpointChild.State(3));
        Parameter[] others = [TrainingFixture.Parameter("a.weight", 5, 400, 300), TrainingFixture.Parameter("b.weight", 5, 6)];
        float[] before = others[0].Value.All.ToArray();
        using var optimizer = new AdamW(new OptimizerSettings(), others);
        PoiseException error = Assert.Throws<PoiseException>(() => entry.Load(new TrainingState(optimizer, CheckpointChild.State(0).Progress)));
        Assert.Contains("b.weight is F32 [5]; this run trains F32 [6]", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, others[0].Value.All.ToArray());
    }

    [Theory]
    [InlineData("parameters.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("state.json")]
    [InlineData("manifest.json")]
    public void DamageIsNamedAndTheOneBeforeIsUsed(string file)
    {
        using var folder = new TemporaryFolder();
        using var store = new CheckpointStore(folder.Path, 3);
        store.Save(CheckpointChild.State(1));
        CheckpointEntry newest = store.Save(CheckpointChild.State(2));
        string path = Path.Combine(newest.Path, file);
        byte[] good = File.ReadAllBytes(path);
        for (uint i = 0; i < 40; i++)
        {
            byte[] bad = (byte[])good.Clone();
            (uint at, uint bit, _, _) = Philox.Generate(i, 0, 0);
            bad[at % bad.Length] ^= (byte)(1 << (int)(bit % 8));
            AssertDamaged(bad);
        }
        AssertDamaged(good[..^1]);
        AssertDamaged([.. good, 0]);
        AssertDamaged([]);
        File.Delete(path);
        Assert.Contains(file, newest.FindDamage(), StringComparison.Ordinal);
        File.WriteAllBytes(path, good);
        Assert.Null(newest.FindDamage());

        void AssertDamaged(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            TrainingState state = CheckpointChild.State(0);
            CheckpointResume resume = store.Resume(state)!;
            Assert.Equal((1L, 1L), (resume.Entry.Step, state.Progress.Step));
            Assert.Contains(newest.Path, Assert.Single(resume.Damages), StringComparison.Ordinal);
            // A flip within a name or a digest of the manifest looks like a wrong file; it is named as being against the manifest.
            if (file != "manifest.json") Assert.Contains(path, resume.Damages[0], StringComparison.Ordinal);
            Assert.Contains("damaged", Assert.Throws<PoiseException>(() => newest.Load(state)).Message, StringComparison.Ordinal);
            state.Optimizer.Dispose();
            TrainingFixture.Dispose(state.Parameters);
        }
    }

    [Fact]
    public void ADamagedOneIsReplacedWhenItsStepComesAgain()
    {
        using var folder = new TemporaryFolder();
        using var store = new CheckpointStore(folder.Path, 2);
        store.Save(CheckpointChild.State(1));
        CheckpointEntry newest = store.Save(CheckpointChild.State(2));
        File.WriteAllText(Path.Combine(newest.Path, "state.json"), "{}");
        AssertIsState(store.Save(CheckpointChild.State(2)), 2);
        Directory.Move(newest.Path, newest.Path.Replace("00000002", "00000009", StringComparison.Ordinal));
        Assert.Contains("another step", store.Entries[0].FindDamage(), StringComparison.Ordinal);
    }

    [Fact]
    public void OtherRunsAreToldApart()
    {
        using var folder = new TemporaryFolder();
        using (var store = new CheckpointStore(folder.Path, 2))
        {
            store.Save(CheckpointChild.State(1));
            Assert.Contains("another run", Assert.Throws<PoiseException>(() => new CheckpointStore(folder.Path, 2)).Message, StringComparison.Ordinal);
            TrainingState other = CheckpointChild.State(0);
            other.Progress = other.Progress with { RecipeDigest = "another" };
            Assert.Contains("another recipe", Assert.Throws<PoiseException>(() => store.Resume(other)).Message, StringComparison.Ordinal);
            TrainingState changed = CheckpointChild.State(1);
            changed.Parameters[0].Value.All[0] += 1;
            Assert.Contains("other values", Assert.Throws<PoiseException>(() => store.Save(changed)).Message, StringComparison.Ordinal);
        }
        using var again = new CheckpointStore(folder.Path, 2);
        File.Delete(Path.Combine(again.Entries[0].Path, "manifest.json"));
        Assert.Contains("manifest.json is missing", Assert.Throws<PoiseException>(() => again.Resume(CheckpointChild.State(0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFullDiskIsOneMessageAndTheLastGoodStays()
    {
        using var folder = new TemporaryFolder();
        CheckpointEntry good;
        using (var store = new CheckpointStore(folder.Path, 1)) good = store.Save(CheckpointChild.State(1));
        using var full = new CheckpointStore(folder.Path, 1) { FreeBytes = _ => 1_000_000 };
        string message = Assert.Throws<PoiseException>(() => full.Save(CheckpointChild.State(2))).Message;
        Assert.Contains("step 2 was not saved", message, StringComparison.Ordinal);
        Assert.Contains(good.Path, message, StringComparison.Ordinal);
        AssertIsState(good, 1);
    }

    /// <summary>The system itself refuses in the middle of a file: a limit on the length of files stands in for a full disk.</summary>
    [Fact]
    public void AWriteThatFailsLeavesTheLastGoodAndNothingElse()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no limit on the length of files.");
        using var folder = new TemporaryFolder();
        using (var store = new CheckpointStore(folder.Path, 1)) store.Save(CheckpointChild.State(5));
        // 200 blocks of 512 or 1024 bytes: less than the parameters.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\"", CheckpointChild.Executable]);
        CheckpointChild.Prepare(start, folder.Path);
        // The runtime maps its code through a file in memory, which the limit would catch too.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.Contains("The checkpoint of step 6 was not saved", output, StringComparison.Ordinal);
        Assert.Contains("checkpoint-00000005; make room", output, StringComparison.Ordinal);
        Assert.Equal(["checkpoint-00000005"], Directory.GetDirectories(folder.Path).Select(d => Path.GetFileName(d)!));
        AssertIsState(CheckpointEntry.List(folder.Path)[0], 5);
    }

    [Fact]
    public void KilledAtAnyInstantTheNewestIsWhole()
    {
        using var folder = new TemporaryFolder();
        long last = 0, alive = 0;
        for (uint kill = 0; kill < 50; kill++)
        {
            var start = new ProcessStartInfo(CheckpointChild.Executable);
            CheckpointChild.Prepare(start, folder.Path);
            using Process child = Process.Start(start)!;
            // Most are killed while they save, some while they start.
            uint delay = Philox.Generate(kill, 0, 0).X0;
            string? first = kill % 10 == 9 ? "" : child.StandardOutput.ReadLine();
            long ticks = Stopwatch.GetTimestamp();
            TimeSpan wait = TimeSpan.FromMicroseconds(kill % 10 == 9 ? delay % 150_000 : delay % 60_000);
            while (Stopwatch.GetElapsedTime(ticks) < wait) Thread.Sleep(wait - Stopwatch.GetElapsedTime(ticks) > TimeSpan.FromMilliseconds(2) ? 1 : 0);
            child.Kill();
            string rest = child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            foreach (string line in (first + "\n" + rest[..(rest.LastIndexOf('\n') + 1)]).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                long step = long.Parse(line, CultureInfo.InvariantCulture);
                Assert.Equal(last + 1, step == last ? last + 1 : step);
                (last, alive) = (step, alive + 1);
            }
            IReadOnlyList<CheckpointEntry> entries = CheckpointEntry.List(folder.Path);
            if (last == 0 && entries.Count == 0) continue;
            // It may have been killed between saving and saying so.
            Assert.InRange(entries[0].Step, last, last + 1);
            Assert.InRange(entries.Count, 1, 4);
            AssertIsState(entries[0], entries[0].Step);
            last = entries[0].Step;
        }
        Assert.True(alive > 50, $"only {alive} checkpoints were saved between the kills");
    }

    static void AssertIsState(CheckpointEntry entry, long step)
    {
        Assert.Equal(step, entry.Step);
        Assert.Null(entry.FindDamage());
        TrainingState expected = CheckpointChild.State(step), loaded = CheckpointChild.State(0);
        entry.Load(loaded);
        Assert.Equal((expected.Progress, step), (loaded.Progress, loaded.Optimizer.Steps));
        for (int p = 0; p < expected.Parameters.Count; p++) Assert.True(expected.Parameters[p].Value.All.SequenceEqual(loaded.Parameters[p].Value.All));
        for (int s = 0; s < expected.Optimizer.State.Count; s++) Assert.True(expected.Optimizer.State[s].Values.All.SequenceEqual(loaded.Optimizer.State[s].Values.All));
        foreach (TrainingState state in (TrainingState[])[expected, loaded])
        {
            state.Optimizer.Dispose();
            TrainingFixture.Dispose(state.Parameters);
        }
    }
}
