using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Checkpoints;

/// <summary>
/// The last file of a checkpoint: lengths and SHA-256 of the others. It has one spelling, so a change anywhere in the folder,
/// in the manifest too, is seen.
/// </summary>
static class CheckpointManifest
{
    public const string FileName = "manifest.json";
    const int MaxBytes = 1 << 16;

    /// <summary>Of the files that lie in the folder.</summary>
    public static void Write(string folder)
    {
        // Before its own file begins to lie there.
        byte[] manifest = Build(folder);
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(manifest));
    }

    /// <summary>What is wrong with a folder, or null.</summary>
    public static string? FindDamage(string folder)
    {
        try
        {
            string path = Path.Combine(folder, FileName);
            var info = new FileInfo(path);
            if (!info.Exists) return $"{path} is missing";
            if (info.Length > MaxBytes) return $"{path} is too long";
            byte[] stored = File.ReadAllBytes(path);
            return stored.AsSpan().SequenceEqual(Build(folder)) ? null : Compare(folder, stored);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{folder} cannot be read: {e.Message}";
        }
    }

    static byte[] Build(string folder)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", 1);
            json.WriteStartObject("files");
            foreach (string name in Names(folder))
            {
                (long length, string digest) = Measure(Path.Combine(folder, name));
                json.WriteStartObject(name);
                json.WriteNumber("bytes", length);
                json.WriteString("sha256", digest);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    static IEnumerable<string> Names(string folder) =>
        Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Where(name => name != FileName).Order(StringComparer.Ordinal);

    static (long Length, string Digest) Measure(string path) => (new FileInfo(path).Length, FileDigest.Of(path));

    /// <summary>Names the file that differs. The manifest itself is to blame where nothing else is.</summary>
    static string Compare(string folder, byte[] stored)
    {
        string manifest = Path.Combine(folder, FileName);
        string text = Encoding.UTF8.GetString(stored);
        var missing = new List<string>();
        foreach (string name in Names(folder))
        {
            (long length, string digest) = Measure(Path.Combine(folder, name));
            if (!text.Contains($"\"{name}\"", StringComparison.Ordinal)) missing.Add(name);
            else if (!text.Contains($"\"{name}\":{{\"bytes\":{length},\"sha256\":\"{digest}\"}}", StringComparison.Ordinal))
                return $"{Path.Combine(folder, name)} is not what {FileName} says ({length:N0} bytes, SHA-256 {digest[..16]}…)";
        }
        if (missing.Count > 0) return $"{manifest} does not list {string.Join(", ", missing)}";
        foreach (string name in CheckpointFolder.FileNames)
            if (text.Contains($"\"{name}\"", StringComparison.Ordinal) && !File.Exists(Path.Combine(folder, name))) return $"{Path.Combine(folder, name)} is missing";
        return $"{manifest} is damaged";
    }
}
