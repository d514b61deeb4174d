using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>The small files beside the weights of a model folder. All are optional; one that is there must be well-formed.</summary>
sealed class FolderFiles
{
    /// <summary>Characters of a template or bytes of a text file; published ones stay under 100 kB.</summary>
    const int MaximumText = 4 << 20;

    const int MaximumLicence = 120;

    static readonly string[] s_tokenizers = ["tokenizer.json", "vocab.json", "encoder.json", "tokenizer.bin", "tok512.bin", "*.model", "*.tiktoken"];

    readonly string _folder;

    public FolderFiles(string folder) => _folder = folder;

    /// <summary>The folder's own name: config.json has no reliable one.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder)));

    public bool HasTokenizer => s_tokenizers.Any(pattern => Directory.EnumerateFiles(_folder, pattern).Any());

    public JsonConfig? Find(string name)
    {
        string path = Path.Combine(_folder, name);
        return File.Exists(path) ? JsonConfig.Read(path) : null;
    }

    /// <summary>eos_token_id: one id or several.</summary>
    public static IEnumerable<int> EndIds(JsonConfig config) =>
        (config.FindIntegers("eos_token_id") ?? []).Where(id => id is >= 0 and <= int.MaxValue).Select(id => (int)id);

    /// <summary>generation_config.json; without one nothing is recommended.</summary>
    public GenerationDefaults FindDefaults() =>
        Find("generation_config.json") is { } config ? GenerationDefaults.FromHuggingFace(config) : GenerationDefaults.None;

    /// <summary>chat_template.jinja wins; older folders have it in tokenizer_config.json, alone or as one of several named ones.</summary>
    public string? FindChatTemplate()
    {
        string path = Path.Combine(_folder, "chat_template.jinja");
        if (File.Exists(path)) return ReadText(path);
        foreach (string name in (string[])["tokenizer_config.json", "chat_template.json"])
        {
            if (Find(name) is not { } config) continue;
            if (!config.IsArray("chat_template"))
            {
                if (config.FindString("chat_template") is { } template) return template;
                continue;
            }
            JsonConfig[] named = config.FindObjects("chat_template")!;
            JsonConfig? chosen = named.FirstOrDefault(t => t.FindString("name") == "default") ?? named.FirstOrDefault();
            if (chosen?.FindString("template") is { } text) return text;
        }
        return null;
    }

    /// <summary>The text of a special token such as bos_token: a string, or an object with its content; null where there is none.</summary>
    public string? FindToken(string key)
    {
        foreach (string name in (string[])["tokenizer_config.json", "special_tokens_map.json"])
        {
            if (Find(name) is not { } config) continue;
            if ((config.FindStringIfText(key) ?? config.FindObjectIfObject(key)?.FindStringIfText("content")) is { } token) return token;
        }
        return null;
    }

    /// <summary>The identifier in the front matter of README.md, else the first line of LICENSE.</summary>
    public string? FindLicence()
    {
        string readme = Path.Combine(_folder, "README.md");
        if (File.Exists(readme) && FrontMatterLicence(readme) is { } identifier) return identifier;
        foreach (string name in (string[])["LICENSE", "LICENSE.txt", "LICENSE.md"])
        {
            string path = Path.Combine(_folder, name);
            if (!File.Exists(path)) continue;
            string? line = File.ReadLines(path).Take(50).Select(l => l.Trim(' ', '\t', '#')).FirstOrDefault(l => l.Length > 0);
            if (line is not null) return line.Length <= MaximumLicence ? line : line[..MaximumLicence] + "…";
        }
        return null;
    }

    static string? FrontMatterLicence(string path)
    {
        string? licence = null, name = null;
        int fences = 0;
        foreach (string line in File.ReadLines(path).Take(500))
        {
            if (line.Trim() == "---")
            {
                if (++fences == 2) break;
            }
            else if (fences == 0) break;
            else if (line.StartsWith("license:", StringComparison.Ordinal)) licence = Value(line, 8);
            else if (line.StartsWith("license_name:", StringComparison.Ordinal)) name = Value(line, 13);
        }
        // "other" only says that license_name has it.
        return string.IsNullOrEmpty(licence) || licence == "other" && name is not null ? name : licence;
    }

    static string Value(string line, int start)
    {
        string value = line[start..].Trim().Trim('"', '\'');
        return value.Length <= MaximumLicence ? value : value[..MaximumLicence] + "…";
    }

    static string ReadText(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaximumText) throw new ModelFileException(path, "size", $"expected at most {MaximumText:N0} bytes, found {length:N0}");
        return File.ReadAllText(path);
    }
}
