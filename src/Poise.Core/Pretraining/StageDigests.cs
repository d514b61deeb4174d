using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Pretraining;

/// <summary>The file digests.json: which recipe, and what each stage made of it.</summary>
/// <param name="Recipe">Its digest.</param>
/// <param name="Stages">In their order, as many as are done.</param>
sealed record StageDigests(string Recipe, IReadOnlyList<StageDigest> Stages)
{
    public const string FileName = "digests.json";

    const int MaxBytes = 1 << 20;

    public string? Find(string stage) => Stages.FirstOrDefault(s => s.Name == stage)?.Sha256;

    /// <summary>Null where there is no such file.</summary>
    public static StageDigests? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new JsonException("it is too long");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            return new StageDigests(root.GetProperty("recipe").GetString()!, [.. root.GetProperty("stages").EnumerateArray().Select(stage => new StageDigest(stage.GetProperty("name").GetString()!, stage.GetProperty("sha256").GetString()!))]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{path} cannot be read: {e.Message} Put back the file that the training wrote, or choose another folder.", e);
        }
    }

    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream, JsonWriting.Indented);
        json.WriteStartObject();
        json.WriteString("recipe"u8, Recipe);
        json.WriteStartArray("stages"u8);
        foreach (StageDigest stage in Stages)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, stage.Name);
            json.WriteString("sha256"u8, stage.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
