using System.Text.Json;
using Poise.Core.Adapters;
using Poise.Core.Models;
using Poise.Tensors.Formats;

namespace Poise.Tests.Adapters;

/// <summary>The golden adapters: those beside the repository, or the choice that the project carries.</summary>
static class GoldenAdapters
{
    public static string Own => Support.Shared.Golden("adapters");

    public static string Shared => Support.Shared.Get("golden", "adapters");

    public static JsonElement Json(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }

    public static string BaseOf(string root, string name) => Path.Combine([root, .. name.Split('/')]);

    /// <summary>The base of a case as its files say, of any architecture.</summary>
    public static (Checkpoint Checkpoint, BaseFiles Files) OpenBase(string folder)
    {
        SafetensorsFolder checkpoint = SafetensorsFolder.Open(folder);
        return (checkpoint, HuggingFaceBase.Read(checkpoint, JsonConfig.Read(Path.Combine(folder, "config.json")).FindBool("tie_word_embeddings") ?? false));
    }

    /// <summary>The adapters of a case: one, or two in folders of their own.</summary>
    public static Dictionary<string, string> FoldersOf(string folder) => File.Exists(Path.Combine(folder, AdapterConfig.FileName))
        ? new() { ["adapter"] = folder } : Directory.GetDirectories(folder).ToDictionary(path => Path.GetFileName(path));
}
