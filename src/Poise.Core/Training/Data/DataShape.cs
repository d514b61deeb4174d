using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>What a data set is for.</summary>
public enum DataPurpose
{
    /// <summary>Answers and texts to learn.</summary>
    Samples,

    /// <summary>Pairs of answers, one to be preferred.</summary>
    Preferences,
}

/// <summary>One way in which people write data sets down.</summary>
/// <param name="Name">For people.</param>
/// <param name="Fields">The fields that a line of it has to have; they are what it is recognised by.</param>
/// <param name="Read">A line's meaning; a PoiseException says what is wrong with it.</param>
sealed record DataShape(string Name, DataPurpose Purpose, string[] Fields, Func<JsonElement, DataRecord> Read)
{
    /// <summary>Every shape; the first of a purpose that fits is it. The more telling ones come first: sets carry further columns.</summary>
    public static IReadOnlyList<DataShape> All { get; } =
    [
        new("OpenAI preferences", DataPurpose.Preferences, ["input", "preferred_output", "non_preferred_output"], PreferenceLines.ReadOpenAI),
        new("chosen and rejected", DataPurpose.Preferences, ["chosen", "rejected"], PreferenceLines.Read),
        new("ids", DataPurpose.Samples, ["input_ids"], SampleLines.ReadIds),
        new("chat messages", DataPurpose.Samples, ["messages"], SampleLines.ReadMessages),
        new("ShareGPT conversations", DataPurpose.Samples, ["conversations"], ShareGptLines.Read),
        new("Alpaca instructions", DataPurpose.Samples, ["instruction", "output"], SampleLines.ReadInstruction),
        new("prompt and completion", DataPurpose.Samples, ["prompt", "completion"], SampleLines.ReadCompletion),
        new("text", DataPurpose.Samples, ["text"], line => new TextRecord(JsonFields.Text(line, "text"))),
    ];

    /// <summary>The shape of a line.</summary>
    /// <exception cref="PoiseException">It has none, or only such as serve another purpose.</exception>
    public static DataShape Of(JsonElement line, DataPurpose purpose)
    {
        DataShape[] fitting = [.. All.Where(shape => shape.Fits(line))];
        return fitting.FirstOrDefault(shape => shape.Purpose == purpose)
            ?? throw new PoiseException(fitting.Length > 0
                ? $"this is data of the shape \"{fitting[0].Name}\", {(purpose == DataPurpose.Preferences ? "which has no preferences" : "which is for training on preferences (dpo)")}"
                : $"no known shape of data; a line has the fields {string.Join("; or ", All.Where(shape => shape.Purpose == purpose).Select(shape => string.Join(", ", shape.Fields)))}");
    }

    /// <summary>The fields of the shape that a line lacks.</summary>
    public IEnumerable<string> Missing(JsonElement line) => Fields.Where(field => JsonFields.Find(line, field) is null);

    bool Fits(JsonElement line) => !Missing(line).Any();
}
