using System.Globalization;
using Poise.Core.Training.Optimizers;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Checkpoints;

/// <summary>
/// One checkpoint: <c>parameters.safetensors</c> (F32, by their names), <c>optimizer.safetensors</c> (as state/name),
/// <c>state.json</c> and <c>manifest.json</c>.
/// </summary>
static class CheckpointFolder
{
    const string ParametersFile = "parameters.safetensors", OptimizerFile = "optimizer.safetensors", StateFile = "state.json";
    const int PieceElements = 1 << 20;

    public static IReadOnlyList<string> FileNames { get; } = [ParametersFile, OptimizerFile, StateFile];

    /// <summary>Fills an empty folder.</summary>
    public static void Write(string folder, TrainingState state)
    {
        var parameters = new SafetensorsWriter();
        foreach (Parameter parameter in state.Parameters) Add(parameters, parameter.Name, parameter, parameter.Value);
        parameters.Write(Path.Combine(folder, ParametersFile));
        if (state.Optimizer.State.Count > 0)
        {
            var optimizer = new SafetensorsWriter();
            foreach (OptimizerState slot in state.Optimizer.State) Add(optimizer, NameOf(slot), slot.Parameter, slot.Values);
            optimizer.Write(Path.Combine(folder, OptimizerFile));
        }
        ProgressFile.Write(Path.Combine(folder, StateFile), state);
        CheckpointManifest.Write(folder);
    }

    /// <summary>Reads the progress alone; the folder has been checked.</summary>
    public static TrainingProgress ReadProgress(string folder) => ProgressFile.Read(Path.Combine(folder, StateFile)).Progress;

    /// <summary>
    /// Puts everything back. The folder has been checked. Nothing changes where it does not fit: names and shapes are compared first.
    /// </summary>
    public static void Read(string folder, TrainingState state)
    {
        ProgressFile.Content content = ProgressFile.Read(Path.Combine(folder, StateFile));
        if (content.Optimizer != state.Optimizer.Kind)
            throw new PoiseException($"{folder} was saved by the optimiser {content.Optimizer}; this run's is {state.Optimizer.Kind}. Resume with the recipe that it was started with.");
        WithTensors(folder, state, pairs =>
        {
            foreach ((StoredTensor from, FloatRows to) in pairs) ForEachPiece(from, to.All, static (stored, here) => stored.CopyTo(here));
            return true;
        });
        state.Optimizer.Resume(content.OptimizerSteps);
        state.Progress = content.Progress;
    }

    /// <summary>
    /// The first thing in which a checkpoint differs from a state, or null where all is the same to the bit. The folder has been checked;
    /// where the state's transcript ends is not looked at.
    /// </summary>
    public static string? FindDifference(string folder, TrainingState state)
    {
        ProgressFile.Content content = ProgressFile.Read(Path.Combine(folder, StateFile));
        TrainingProgress expected = state.Progress with { Transcript = content.Progress.Transcript };
        if (content.Progress != expected || content.Optimizer != state.Optimizer.Kind || content.OptimizerSteps != state.Optimizer.Steps)
            return $"{StateFile} has {content.Progress with { Transcript = TranscriptPosition.Start }} instead of {expected with { Transcript = TranscriptPosition.Start }}";
        return WithTensors(folder, state, pairs =>
        {
            foreach ((StoredTensor from, FloatRows to) in pairs)
            {
                long different = 0;
                ForEachPiece(from, to.All, (stored, here) =>
                {
                    for (int i = 0; i < here.Length; i++)
                        if (BitConverter.SingleToInt32Bits(stored[i]) != BitConverter.SingleToInt32Bits(here[i])) different++;
                });
                if (different > 0) return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(from.File)}: {from.Name} has {different:N0} other values");
            }
            return null;
        });
    }

    /// <summary>Every tensor of the folder with its place in the state, names and shapes compared.</summary>
    static T WithTensors<T>(string folder, TrainingState state, Func<IReadOnlyList<(StoredTensor From, FloatRows To)>, T> action)
    {
        using SafetensorsFile parameters = SafetensorsFile.Open(Path.Combine(folder, ParametersFile));
        using SafetensorsFile? optimizer = state.Optimizer.State.Count > 0 ? SafetensorsFile.Open(Path.Combine(folder, OptimizerFile)) : null;
        var pairs = new List<(StoredTensor From, FloatRows To)>();
        foreach (Parameter parameter in state.Parameters) pairs.Add((Find(parameters, parameter.Name, parameter), parameter.Value));
        foreach (OptimizerState slot in state.Optimizer.State) pairs.Add((Find(optimizer!, NameOf(slot), slot.Parameter), slot.Values));
        if (parameters.Tensors.Count != state.Parameters.Count)
            throw new PoiseException($"{parameters.Path} has {parameters.Tensors.Count} tensors; this run trains {state.Parameters.Count}. Resume with the recipe that it was started with.");
        return action(pairs);
    }

    static string NameOf(OptimizerState slot) => $"{slot.Name}/{slot.Parameter.Name}";

    static void Add(SafetensorsWriter writer, string name, Parameter parameter, FloatRows values) =>
        writer.AddTensor(name, TensorType.F32, [.. parameter.Shape], stream => FloatBytes.Write(stream, values.All));

    static StoredTensor Find(SafetensorsFile file, string name, Parameter parameter)
    {
        StoredTensor tensor = file.Find(name)
            ?? throw new PoiseException($"{file.Path} has no tensor {name}, which this run trains. Resume with the recipe and the model that it was started with.");
        if (tensor.Type == TensorType.F32 && tensor.Shape.AsSpan().SequenceEqual([.. parameter.Shape])) return tensor;
        throw new PoiseException($"{file.Path}: {name} is {tensor.Type} [{string.Join(", ", tensor.Shape)}]; this run trains F32 [{string.Join(", ", parameter.Shape)}].");
    }

    delegate void Piece(ReadOnlySpan<float> stored, Span<float> here);

    static void ForEachPiece(StoredTensor from, Span<float> to, Piece action)
    {
        float[] stored = new float[Math.Min(PieceElements, to.Length)];
        for (int start = 0; start < to.Length; start += PieceElements)
        {
            Span<float> piece = to.Slice(start, Math.Min(PieceElements, to.Length - start));
            from.Format.Dequantize(from.Bytes(start * (long)sizeof(float), piece.Length * sizeof(float)), stored.AsSpan(0, piece.Length));
            action(stored.AsSpan(0, piece.Length), piece);
        }
    }
}
