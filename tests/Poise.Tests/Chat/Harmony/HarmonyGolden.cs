using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Chat.Harmony;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tests.Support;

namespace Poise.Tests.Chat.Harmony;

/// <summary>The golden lines of the format, and the vocabulary that their ids belong to: the one that comes with Poise.</summary>
static class HarmonyGolden
{
    public static HarmonyVocabulary Vocabulary { get; } = new(BuiltInVocabulary.Harmony);

    public static List<JsonElement> Lines(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Shared.Golden("harmony", file + ".gz")), CompressionMode.Decompress), Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(Id)];

    // Some ids of the golden lines are 2^32 - 1, which no vocabulary has.
    public static int Id(JsonElement value) => value.TryGetInt32(out int id) ? id : int.MaxValue;

    public static ChatRole? RoleOf(JsonElement line) => line.GetProperty("role").GetString() is { } role ? Enum.Parse<ChatRole>(role, ignoreCase: true) : null;

    public static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;
}
