using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Poise.Core.Training;
using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Optimizers;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;

namespace Poise.Tests.Training;

/// <summary>
/// A process that saves checkpoints as fast as it can: the test executable itself, which looks for an environment variable before it
/// does anything else. Each line that it prints is a step whose checkpoint is on the disk.
/// </summary>
static class CheckpointChild
{
    const string Variable = "POISE_CHECKPOINT_CHILD";
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public static string Executable => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Poise.Tests.exe" : "Poise.Tests");

    public static void Prepare(ProcessStartInfo start, string folder)
    {
        start.RedirectStandardOutput = true;
        start.Environment[Variable] = folder;
    }

#pragma warning disable CA2255 // The process is this one's own: the test runner must not start in the child.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void RunWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } folder) return;
        try
        {
            Save(folder);
        }
        catch (PoiseException e)
        {
            Console.Out.WriteLine(e.Message);
        }
        Environment.Exit(0);
    }

    /// <summary>A state whose every value follows from the step.</summary>
    public static TrainingState State(long step)
    {
        Parameter[] parameters = [TrainingFixture.Parameter("a.weight", 1, 400, 300), TrainingFixture.Parameter("b.weight", 1, 5)];
        var state = new TrainingState(new AdamW(new OptimizerSettings(), parameters), new TrainingProgress(0, 0, 0, 0, "recipe", TranscriptPosition.Start));
        SetStep(state, step);
        return state;
    }

    public static void SetStep(TrainingState state, long step)
    {
        state.Progress = new TrainingProgress(step, step / 10, step % 10, step * 100, "recipe", new TranscriptPosition(step + 1, $"hash {step}"));
        state.Optimizer.Resume(step);
        foreach (Parameter parameter in state.Parameters) Fill(parameter.Value.All, step);
        foreach (OptimizerState slot in state.Optimizer.State) Fill(slot.Values.All, step + 1);
    }

    static void Fill(Span<float> values, long step)
    {
        for (int i = 0; i < values.Length; i++) values[i] = (step * 1009 + i) % 16_777_213;
    }

    static void Save(string folder)
    {
        var watch = Stopwatch.StartNew();
        using var store = new CheckpointStore(folder, keep: 3);
        TrainingState state = State(0);
        store.Resume(state);
        while (watch.Elapsed < s_limit)
        {
            SetStep(state, state.Progress.Step + 1);
            store.Save(state);
            Console.Out.WriteLine(state.Progress.Step.ToString(CultureInfo.InvariantCulture));
            Console.Out.Flush();
        }
    }
}
